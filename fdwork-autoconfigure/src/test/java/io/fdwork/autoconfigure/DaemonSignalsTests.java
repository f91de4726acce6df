package io.fdwork.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonState;
import io.fdwork.internal.daemon.Departures;
import io.fdwork.internal.systemd.Systemd;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DaemonSignals}.
 */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class DaemonSignalsTests {

	@TempDir
	private Path temp;

	@Test
	void shouldRefuseTrafficAndAcceptUntilToldAgain() throws Exception {
		try (ConfigurableApplicationContext daemon = daemon("fdwork.daemon.stop-delay=10m");
				ConfigurableApplicationContext worker = worker()) {
			awaitReadiness(daemon, ReadinessState.ACCEPTING_TRAFFIC);
			assertThat(health(daemon).getStatus()).isEqualTo(Status.UP);
			DaemonSignals signals = daemon.getBean(DaemonSignals.class);
			CompletableFuture<Void> ended = CompletableFuture.runAsync(signals::awaitEnd);
			awaitReadiness(daemon, ReadinessState.REFUSING_TRAFFIC);
			assertThat(health(daemon).getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
			assertThat(health(daemon).getDetails()).containsEntry("reason",
					"The daemon is about to stop, and accepts until then");
			assertThat(daemon.getBean(Daemon.class).snapshot().state()).isEqualTo(DaemonState.RUNNING);
			assertThat(daemon.getBean(Departures.class).isHeld()).isTrue();
			assertThat(worker.getBean(ApplicationAvailability.class).getReadinessState())
				.isEqualTo(ReadinessState.ACCEPTING_TRAFFIC);
			assertThat(ended).isNotDone();
			signals.toldAgain();
			ended.get(10, TimeUnit.SECONDS);
		}
	}

	@Test
	void shouldEndWhenDelayIsOver() {
		try (ConfigurableApplicationContext daemon = daemon("fdwork.daemon.stop-delay=20ms")) {
			daemon.getBean(DaemonSignals.class).awaitEnd();
			assertThat(daemon.getBean(Departures.class).isHeld()).isTrue();
		}
	}

	@Test
	void shouldNotWaitWhenDaemonDoesNotAccept() {
		try (ConfigurableApplicationContext daemon = daemon("fdwork.daemon.stop-delay=10m")) {
			daemon.getBean(Daemon.class).stop(Duration.ofSeconds(5));
			daemon.getBean(DaemonSignals.class).awaitEnd();
		}
	}

	@Test
	void shouldSayThatThereIsNothingToRefreshWithoutFleet(CapturedOutput output) {
		try (ConfigurableApplicationContext daemon = daemon()) {
			daemon.getBean(DaemonSignals.class).hungUp();
			assertThat(output).contains("There is nothing to refresh on SIGHUP");
			daemon.getBean(DaemonSignals.class).hold();
			daemon.getBean(DaemonSignals.class).hungUp();
			assertThat(output).contains("Nothing is refreshed on SIGHUP");
		}
	}

	@Test
	void shouldGoOnWhenNothingCanBeRefreshed(CapturedOutput output) {
		DaemonSignals signals = new DaemonSignals(new Departures((pid) -> false), Duration.ZERO, Duration.ZERO,
				() -> true, () -> {
				}, () -> () -> {
					throw new IllegalStateException("no such jar");
				}, Systemd.none().notifier());
		signals.hungUp();
		assertThat(output).contains("Cannot refresh the fleet: no such jar");
	}

	@Test
	void shouldRefuseDelayThatCannotWork() {
		for (String delay : new String[] { "-1s", "601s" }) {
			RoleContexts.daemon(this.temp.resolve("d"))
				.withPropertyValues("fdwork.daemon.stop-delay=" + delay)
				.run((context) -> assertThat(context).getFailure()
					.rootCause()
					.isInstanceOf(InvalidFdworkPropertyException.class)
					.hasMessageContaining("fdwork.daemon.stop-delay"));
		}
	}

	private ConfigurableApplicationContext daemon(String... properties) {
		String[] all = new String[properties.length + 4];
		System.arraycopy(properties, 0, all, 4, properties.length);
		all[0] = "fdwork.role=daemon";
		all[1] = "fdwork.directory=" + this.temp.resolve("d");
		all[2] = "fdwork.daemon.listeners[0].address=127.0.0.1";
		all[3] = "fdwork.daemon.listeners[0].port=0";
		return RoleContexts.start(RoleContexts.Application.class, all);
	}

	private ConfigurableApplicationContext worker() {
		return RoleContexts.start(Handling.class, "fdwork.role=worker", "fdwork.directory=" + this.temp.resolve("d"),
				"fdwork.worker.concurrency=1", "fdwork.worker.min-reconnect-delay=20ms");
	}

	private static Health health(ApplicationContext context) {
		return context.getBean("fdworkHealthIndicator", HealthIndicator.class).health();
	}

	private static void awaitReadiness(ApplicationContext context, ReadinessState state) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(30))
			.until(() -> context.getBean(ApplicationAvailability.class).getReadinessState() == state);
	}

	@Configuration(proxyBeanMethods = false)
	static class Handling {

		@Bean
		WorkHandler handler() {
			return Work::close;
		}

	}

}
