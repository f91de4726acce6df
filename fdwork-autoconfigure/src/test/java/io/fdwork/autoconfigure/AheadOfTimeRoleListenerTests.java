package io.fdwork.autoconfigure;

import java.util.Locale;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.aot.AotDetector;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.SpringProperties;
import org.springframework.core.env.MapPropertySource;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for {@link AheadOfTimeRoleListener}.
 */
class AheadOfTimeRoleListenerTests {

	@AfterEach
	void processNothingAheadOfTime() {
		SpringProperties.setProperty(AotDetector.AOT_ENABLED, null);
	}

	@ParameterizedTest
	@CsvSource({ "WORKER, none", "WORKER,", "WORKER, daemon", "DAEMON, worker", "NONE, worker", "NONE, daemon" })
	void shouldFailWhenBeansWereChosenForAnotherRole(Role chosen, @Nullable String role) {
		SpringProperties.setProperty(AotDetector.AOT_ENABLED, "true");
		assertThatExceptionOfType(AheadOfTimeRoleException.class).isThrownBy(() -> prepare(chosen, role))
			.satisfies((ex) -> {
				FailureAnalysis analysis = new FdworkStartFailureAnalyzer().analyze(ex);
				assertThat(analysis.getDescription()).contains("spring.aot.enabled",
						"for the role " + chosen.name().toLowerCase(Locale.ROOT),
						"fdwork.role is " + ((role != null) ? role : "none"));
				assertThat(analysis.getAction()).contains("without -Dspring.aot.enabled=true",
						"--fdwork.role=" + ((role != null) ? role : "none"));
			});
	}

	@ParameterizedTest
	@EnumSource
	void shouldStartWhenBeansWereChosenForThisRole(Role role) {
		SpringProperties.setProperty(AotDetector.AOT_ENABLED, "true");
		assertThatNoException().isThrownBy(() -> prepare(role, role.name()));
	}

	@Test
	void shouldStartWhenBeansAreChosenNowOrThereIsNothingOfFdwork() {
		assertThatNoException().isThrownBy(() -> prepare(Role.NONE, "worker"));
		SpringProperties.setProperty(AotDetector.AOT_ENABLED, "true");
		assertThatNoException().isThrownBy(() -> prepare(null, "worker"));
	}

	/**
	 * Hand over a context as its initializers have left it.
	 * @param chosen the role that its beans are for, {@code null} if it has none of
	 * fdwork
	 */
	private static void prepare(@Nullable Role chosen, @Nullable String role) {
		try (GenericApplicationContext context = new GenericApplicationContext()) {
			if (chosen != null) {
				register(context, FdworkAutoConfiguration.class);
			}
			if (chosen == Role.DAEMON) {
				register(context, DaemonConfiguration.class);
			}
			if (chosen == Role.WORKER) {
				register(context, WorkerConfiguration.class);
			}
			if (role != null) {
				context.getEnvironment()
					.getPropertySources()
					.addFirst(new MapPropertySource("test", Map.of("fdwork.role", role)));
			}
			new AheadOfTimeRoleListener()
				.onApplicationEvent(new ApplicationPreparedEvent(new SpringApplication(), new String[0], context));
		}
	}

	private static <T> void register(GenericApplicationContext context, Class<T> configuration) {
		context.registerBean(configuration.getName(), configuration);
	}

}
