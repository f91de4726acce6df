package io.fdwork.internal.health;

import java.nio.file.Path;

import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.autoconfigure.RoleContexts;
import io.fdwork.fleet.FleetState;
import io.fdwork.internal.daemon.Daemon;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link DaemonHealthIndicator} and {@link WorkerHealthIndicator}.
 */
class HealthIndicatorTests {

	@TempDir
	private Path temp;

	@Test
	void shouldBeOutOfServiceWhenDaemonHasNoWorker() {
		daemon().run((daemon) -> {
			Health health = health(daemon);
			assertThat(health.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
			assertThat(health.getDetails()).containsEntry("workers", 0)
				.containsEntry("readyWorkers", 0L)
				.containsEntry("reason", "No worker is ready: connections wait in the queue");
		});
	}

	@Test
	void shouldBeUpWhileDaemonHasReadyWorker() {
		daemon().run((daemon) -> {
			worker().run((worker) -> {
				assertThat(worker).hasNotFailed();
				awaitStatus(daemon, Status.UP);
				assertThat(health(daemon).getDetails()).containsEntry("readyWorkers", 1L).doesNotContainKey("reason");
			});
			awaitStatus(daemon, Status.OUT_OF_SERVICE);
		});
	}

	@Test
	void shouldBeOutOfServiceWhenDaemonHasStopped() {
		daemon().run((daemon) -> {
			HealthIndicator indicator = daemon.getBean(HealthIndicator.class);
			daemon.getSourceApplicationContext().close();
			Health health = indicator.health();
			assertThat(health.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
			assertThat(health.getDetails()).containsEntry("reason", "The daemon does not accept");
		});
	}

	@Test
	void shouldSayWhenWorkersAreQuiesced() {
		daemon().run((daemon) -> worker().run((worker) -> {
			assertThat(worker).hasNotFailed();
			awaitStatus(daemon, Status.UP);
			daemon.getBean(Daemon.class).quiesce();
			awaitStatus(daemon, Status.OUT_OF_SERVICE);
			assertThat(health(daemon).getDetails()).containsEntry("workers", 1)
				.containsEntry("reason", "The workers are quiesced: connections wait in the queue")
				.doesNotContainKey("fleet");
			daemon.getBean(Daemon.class).resume();
			awaitStatus(daemon, Status.UP);
		}));
	}

	@Test
	void shouldSayWhyFleetHasStopped() {
		daemon()
			.withPropertyValues("fdwork.daemon.fleet.min=1", "fdwork.daemon.fleet.max=1",
					"fdwork.daemon.fleet.max-start-failures=1",
					"fdwork.daemon.fleet.java-home=" + this.temp.resolve("none"))
			.run((daemon) -> {
				await().until(() -> health(daemon).getDetails().get("fleet") == FleetState.STOPPED);
				Health health = health(daemon);
				assertThat(health.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
				assertThat(health.getDetails().get("reason")).asString()
					.startsWith("The fleet has stopped: ")
					.contains("A worker cannot be started")
					.contains(this.temp.resolve("none").toString());
				worker().run((worker) -> {
					assertThat(worker).hasNotFailed();
					awaitStatus(daemon, Status.UP);
					assertThat(health(daemon).getDetails().get("reason")).asString()
						.startsWith("The fleet has stopped");
				});
			});
	}

	@Test
	void shouldSayThatWorkersDoNotStartWhileTheyDoNot() {
		daemon()
			.withPropertyValues("fdwork.daemon.fleet.min=1",
					"fdwork.daemon.fleet.java-home=" + this.temp.resolve("none"))
			.run((daemon) -> {
				await().until(() -> String.valueOf(health(daemon).getDetails().get("reason"))
					.startsWith("Workers do not start: 2 attempts in a row"));
				Health health = health(daemon);
				assertThat(health.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
				assertThat(health.getDetails()).containsEntry("fleet", FleetState.RUNNING);
			});
	}

	@Test
	void shouldBeOutOfServiceWhenWorkerHasNoDaemon() {
		worker().run((worker) -> {
			Health health = health(worker);
			assertThat(health.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
			assertThat(health.getDetails()).containsKeys("state", "active", "reason");
		});
	}

	@Test
	void shouldBeUpWhileWorkerIsConnected() {
		worker().run((worker) -> {
			daemon().run((daemon) -> {
				assertThat(daemon).hasNotFailed();
				awaitStatus(worker, Status.UP);
				assertThat(health(worker).getDetails()).doesNotContainKey("reason");
			});
			awaitStatus(worker, Status.OUT_OF_SERVICE);
			assertThat(health(worker).getDetails().get("reason")).asString().isNotBlank();
		});
	}

	private ApplicationContextRunner daemon() {
		return RoleContexts.daemon(this.temp.resolve("d"));
	}

	private ApplicationContextRunner worker() {
		return RoleContexts.worker(this.temp.resolve("d")).withBean(WorkHandler.class, () -> Work::close);
	}

	private static Health health(ApplicationContext context) {
		return context.getBean("fdworkHealthIndicator", HealthIndicator.class).health();
	}

	private static void awaitStatus(ApplicationContext context, Status status) {
		await().untilAsserted(() -> assertThat(health(context).getStatus()).isEqualTo(status));
	}

}
