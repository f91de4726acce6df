package io.fdwork.sample;

import java.io.IOException;
import java.net.ConnectException;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests where the endpoints of the actuator are, with and without a management port.
 */
@Timeout(600)
class EndpointsIT {

	/**
	 * Of the daemon and its worker.
	 */
	private static final int MAX_LINES = 30;

	@Test
	void shouldServeEndpointsWhereApplicationAloneHasThem() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			fleet.withoutManagementArgument();
			// Without the file of the sample, which has a management port
			ForkedJvm daemon = fleet.launchDaemon("--spring.config.location=optional:file:./none/",
					"--server.port=" + fleet.port(), "--fdwork.daemon.fleet.min=1",
					"--management.endpoint.health.probes.enabled=true");
			Await.until(() -> daemon.requireAlive() && status(fleet, "/pid") == 200);
			assertThat(status(fleet, "/actuator/health")).isEqualTo(200);
			assertThat(status(fleet, "/actuator/health/liveness")).isEqualTo(200);
			assertThat(status(fleet, "/actuator/health/readiness")).isEqualTo(200);
			assertThat(daemon.log()).contains("No endpoint of this daemon can be reached");
			assertThat(daemon.terminate()).isZero();
		}
	}

	@Test
	void shouldServeAdditionalPathOfHealthGroupOnlyWhenThereIsManagementPort() throws Exception {
		String[] group = { "--management.endpoint.health.group.live.include=livenessState",
				"--management.endpoint.health.group.live.additional-path=server:/livez" };
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			fleet.startDaemon();
			// The file of the sample says the port of a daemon
			fleet.withoutManagementArgument();
			ForkedJvm worker = fleet.startWorker(group);
			fleet.awaitReady(worker);
			assertThat(worker.log()).contains("The management port 9090 is the daemon's");
			assertThat(status(fleet, "/livez")).isEqualTo(200);
			assertThat(status(fleet, "/actuator/health")).isEqualTo(404);
			assertThat(status(fleet, "/actuator/fdwork")).isEqualTo(404);
		}
	}

	@Test
	void shouldSayOnceWhatMattersOfStart() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			ForkedJvm daemon = fleet.startDaemon("--fdwork.daemon.fleet.min=1");
			Await.until(() -> daemon.requireAlive() && daemon.log().contains("1 of 1 workers ready after"));
			assertThat(daemon.log())
				.containsOnlyOnce("Listening on 127.0.0.1:" + fleet.port() + ", workers register in ")
				.containsOnlyOnce("workers register in " + fleet.directory())
				.containsOnlyOnce("The endpoints of this daemon are at http://127.0.0.1:" + fleet.managementPort())
				.doesNotContain("port -1")
				.doesNotContain("No endpoint of this daemon can be reached");
			assertThat(daemon.log().lines()).hasSizeLessThanOrEqualTo(MAX_LINES);
		}
	}

	private static int status(ForkedFleet fleet, String path) throws IOException {
		try (Client.Connection connection = Client.connect(fleet.port())) {
			connection.send("GET", path, "", true);
			return connection.read().status();
		}
		catch (ConnectException ex) {
			// Nobody listens yet
			return -1;
		}
	}

}
