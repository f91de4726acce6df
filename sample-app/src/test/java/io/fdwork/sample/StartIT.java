package io.fdwork.sample;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The order of starts, and starts that must fail.
 */
class StartIT {

	@Test
	void shouldServeWhenWorkerWasThereBeforeDaemon() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			ForkedJvm worker = fleet.startWorker();
			Await.until(() -> worker.log().contains("No daemon takes this worker"));
			fleet.launchDaemon();
			fleet.awaitReady(worker);
			assertThat(Client.get(fleet.port(), "/pid")).isEqualTo(String.valueOf(worker.pid()));
		}
	}

	@Test
	void shouldSayWhoHoldsDirectoryWhenSecondDaemonStarts() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			ForkedJvm daemon = fleet.startDaemon();
			ForkedJvm second = fleet.launchDaemon();
			assertThat(second.awaitExit()).isEqualTo(1);
			assertThat(second.log()).contains("APPLICATION FAILED TO START",
					"is held by the daemon with pid " + daemon.pid(), "Action:");
			assertThat(fleet.state().path("pid").asLong()).isEqualTo(daemon.pid());
		}
	}

	@Test
	void shouldNameQueueWhenWorkerAsksForUnknownOne() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.startDaemon();
			ForkedJvm worker = fleet.startWorker("--fdwork.worker.queues=reports");
			Await
				.until(() -> worker.log().contains("refused this worker: There is no queue 'reports', only [default]"));
			assertThat(fleet.management("/actuator/prometheus"))
				.contains("fdwork_control_rejected_total{cause=\"unknown_queue\"}");
		}
	}

}
