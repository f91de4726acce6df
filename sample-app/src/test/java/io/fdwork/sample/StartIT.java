package io.fdwork.sample;

import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Fleet;
import io.fdwork.sample.fixture.Fleet.Jvm;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The order of starts, and starts that must fail.
 */
class StartIT {

	@Test
	void shouldServeWhenWorkerWasThereBeforeDaemon() throws Exception {
		try (Fleet fleet = new Fleet()) {
			Jvm worker = fleet.startWorker();
			Fleet.await(() -> worker.log().contains("No daemon takes this worker"));
			fleet.launchDaemon();
			fleet.awaitReady(worker);
			assertThat(Client.get(fleet.port(), "/pid")).isEqualTo(String.valueOf(worker.pid()));
		}
	}

	@Test
	void shouldSayWhoHoldsDirectoryWhenSecondDaemonStarts() throws Exception {
		try (Fleet fleet = new Fleet()) {
			Jvm daemon = fleet.startDaemon();
			Jvm second = fleet.launchDaemon();
			assertThat(second.awaitExit()).isEqualTo(1);
			assertThat(second.log()).contains("APPLICATION FAILED TO START",
					"is held by the daemon with pid " + daemon.pid(), "Action:");
			assertThat(fleet.state().path("pid").asLong()).isEqualTo(daemon.pid());
		}
	}

	@Test
	void shouldNameQueueWhenWorkerAsksForUnknownOne() throws Exception {
		try (Fleet fleet = new Fleet()) {
			fleet.startDaemon();
			Jvm worker = fleet.startWorker("--fdwork.worker.queues=reports");
			Fleet
				.await(() -> worker.log().contains("refused this worker: There is no queue 'reports', only [default]"));
			assertThat(fleet.management("/actuator/prometheus"))
				.contains("fdwork_control_rejected_total{cause=\"unknown_queue\"}");
		}
	}

}
