package io.fdwork.autoconfigure;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

import io.fdwork.internal.wire.FailureNote;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.event.ApplicationFailedEvent;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalysisReporter;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.support.SpringFactoriesLoader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Tests for {@link StartFailureReporter}.
 */
class StartFailureReporterTests {

	@TempDir
	private Path directory;

	private final Map<String, String> environment = new HashMap<>();

	private FailureNote note;

	private StartFailureReporter reporter;

	@BeforeEach
	void create() {
		this.note = FailureNote.create(this.directory);
		this.note.addTo(this.environment);
		this.reporter = new StartFailureReporter(this.environment);
	}

	@Test
	void shouldNoteInnermostCauseWhenBeanFails() {
		run(FailingBean.class);
		assertThat(this.note.take()).isEqualTo("java.lang.IllegalStateException: The database is away");
	}

	@Test
	void shouldNoteWhatRunnerThrows() {
		run(FailingRunner.class);
		assertThat(this.note.take()).isEqualTo("java.lang.IllegalStateException: No licence");
	}

	@Test
	void shouldPreferWhatTheAnalysisSays() {
		run(FailingBean.class);
		this.reporter.report(new FailureAnalysis("Port 8080 was already in use.", "Stop it", null));
		assertThat(this.note.take()).isEqualTo("Port 8080 was already in use.");
	}

	@Test
	void shouldEndWhenCausesGoRound() {
		IllegalStateException first = new IllegalStateException("one");
		first.initCause(new IllegalStateException("two", first));
		this.reporter
			.onApplicationEvent(new ApplicationFailedEvent(new SpringApplication(), new String[0], null, first));
		assertThat(this.note.take()).isIn("java.lang.IllegalStateException: one",
				"java.lang.IllegalStateException: two");
	}

	@Test
	void shouldNoteNothingWhenNoFleetStartedTheProcess() {
		this.environment.clear();
		run(FailingBean.class);
		assertThat(this.directory).isEmptyDirectory();
	}

	@Test
	void shouldBeKnownToBoot() {
		SpringFactoriesLoader factories = SpringFactoriesLoader.forDefaultResourceLocation();
		assertThat(factories.load(ApplicationListener.class)).hasAtLeastOneElementOfType(StartFailureReporter.class);
		assertThat(factories.load(FailureAnalysisReporter.class))
			.hasAtLeastOneElementOfType(StartFailureReporter.class);
	}

	private void run(Class<?> source) {
		SpringApplication application = new SpringApplication(source);
		application.setWebApplicationType(WebApplicationType.NONE);
		application.setRegisterShutdownHook(false);
		application.addListeners(this.reporter);
		assertThatException().isThrownBy(application::run);
	}

	@Configuration(proxyBeanMethods = false)
	static class FailingBean {

		@Bean
		String failing() {
			throw new IllegalArgumentException("No connection", new IllegalStateException("The database is away"));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FailingRunner {

		@Bean
		ApplicationRunner runner() {
			return (arguments) -> {
				throw new IllegalStateException("No licence");
			};
		}

	}

}
