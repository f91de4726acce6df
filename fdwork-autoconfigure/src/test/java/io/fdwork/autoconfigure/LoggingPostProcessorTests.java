package io.fdwork.autoconfigure;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LoggingPostProcessor}. That the standard output of a daemon is bounded
 * is shown by the integration tests: a process that has replaced it, as this one, keeps
 * what it has.
 */
class LoggingPostProcessorTests {

	private static final Map<String, String> OF_A_FLEET = Map.of("FDWORK_FLEET_TOKEN", "token",
			"FDWORK_FLEET_GENERATION", "1");

	private static final String INTEGRATION_LEVEL = "logging.level.io.fdwork.integration";

	@TempDir
	Path directory;

	private final MockEnvironment environment = new MockEnvironment();

	@Test
	void shouldBeFoundBySpringBoot() {
		assertThat(SpringFactoriesLoader.forDefaultResourceLocation()
			.load(EnvironmentPostProcessor.class, (type, name, failure) -> {
				// Some of Spring Boot's need what the application has
			})).hasAtLeastOneElementOfType(LoggingPostProcessor.class);
	}

	@Test
	void shouldBeBeforeWhatMayFailTheStart() {
		assertThat(new LoggingPostProcessor().getOrder())
			.isLessThan(new FdworkEnvironmentPostProcessor((destination) -> destination.get()).getOrder());
	}

	@Test
	void shouldGiveWorkerOfFleetItsOwnLogFile() {
		this.environment.setProperty("fdwork.role", "worker");
		this.environment.setProperty("logging.file.name", this.directory.resolve("app.log").toString());
		process(OF_A_FLEET);
		assertThat(this.environment.getProperty("logging.file.name"))
			.isEqualTo(this.directory.resolve("app-worker-1.log").toString());
	}

	@Test
	void shouldGiveWorkerOfFleetItsOwnLogFileWhenPathIsGiven() {
		this.environment.setProperty("fdwork.role", "Worker");
		this.environment.setProperty("logging.file.path", this.directory.toString());
		process(OF_A_FLEET);
		assertThat(this.environment.getProperty("logging.file.name"))
			.isEqualTo(this.directory.resolve("spring-worker-1.log").toString());
		assertThat(this.environment.getProperty("logging.file.path")).isEqualTo(this.directory.toString());
	}

	@Test
	void shouldGiveNoLogFileToWorkerThatHadNone() {
		this.environment.setProperty("fdwork.role", "worker");
		process(OF_A_FLEET);
		assertThat(this.environment.getProperty("logging.file.name")).isNull();
	}

	@Test
	void shouldLeaveLogFileOfOthersAlone() {
		String file = this.directory.resolve("app.log").toString();
		this.environment.setProperty("logging.file.name", file);
		process(OF_A_FLEET);
		this.environment.setProperty("fdwork.role", "worker");
		process(Map.of());
		this.environment.setProperty("fdwork.role", "daemon");
		process(Map.of());
		assertThat(this.environment.getProperty("logging.file.name")).isEqualTo(file);
	}

	@Test
	void shouldLeaveStandardOutputThatSomebodyHasReplacedAlone() {
		PrintStream before = System.out;
		PrintStream replaced = new PrintStream(before) {
		};
		System.setOut(replaced);
		try {
			this.environment.setProperty("fdwork.role", "daemon");
			this.environment.setProperty("fdwork.daemon.console-buffer", "a lot");
			process(Map.of());
			assertThat(System.out).isSameAs(replaced);
		}
		finally {
			System.setOut(before);
		}
	}

	@Test
	void shouldLeaveOutWhatSpringIntegrationSaysWhenItStartsUnlessUserWantsIt() {
		process(Map.of());
		assertThat(this.environment.getProperty(INTEGRATION_LEVEL)).isNull();
		this.environment.setProperty("fdwork.role", "worker");
		process(Map.of());
		assertThat(this.environment.getProperty(INTEGRATION_LEVEL)).isEqualTo("warn");
		this.environment.setProperty(INTEGRATION_LEVEL, "info");
		assertThat(this.environment.getProperty(INTEGRATION_LEVEL)).isEqualTo("info");
	}

	private void process(Map<String, String> variables) {
		new LoggingPostProcessor(variables).postProcessEnvironment(this.environment, new SpringApplication());
	}

}
