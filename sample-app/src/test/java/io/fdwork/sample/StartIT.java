package io.fdwork.sample;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The order of starts, and starts that must fail.
 */
@Timeout(600)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class StartIT {

	private static ForkedFleet fleet;

	private static ForkedJvm worker;

	private static ForkedJvm daemon;

	@BeforeAll
	static void startWorkerBeforeDaemon() throws Exception {
		fleet = new ForkedFleet();
		worker = fleet.startWorker();
		Await.until(() -> worker.log().contains("No daemon takes this worker"));
		daemon = fleet.launchDaemon();
	}

	@AfterAll
	static void stop() throws Exception {
		fleet.close();
	}

	@Test
	@Order(1)
	void shouldServeWhenWorkerWasThereBeforeDaemon() throws Exception {
		fleet.awaitReady(worker);
		assertThat(Client.get(fleet.port(), "/pid")).isEqualTo(String.valueOf(worker.pid()));
	}

	@Test
	@Order(2)
	void shouldSayWhoHoldsDirectoryWhenSecondDaemonStarts() throws Exception {
		ForkedJvm second = fleet.launchDaemon();
		assertThat(second.awaitExit()).isEqualTo(1);
		assertThat(second.log()).contains("APPLICATION FAILED TO START",
				"is held by the daemon with pid " + daemon.pid(), "Action:");
		assertThat(fleet.state().path("pid").asLong()).isEqualTo(daemon.pid());
	}

	@Test
	@Order(3)
	void shouldNameQueueWhenWorkerAsksForUnknownOne() throws Exception {
		ForkedJvm other = fleet.startWorker("--fdwork.worker.queues=reports");
		Await.until(() -> other.log().contains("refused this worker: There is no queue 'reports', only [default]"));
		assertThat(fleet.management("/actuator/prometheus"))
			.contains("fdwork_control_rejected_total{cause=\"unknown_queue\"}");
	}

}
