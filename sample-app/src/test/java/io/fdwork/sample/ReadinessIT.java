package io.fdwork.sample;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.Future;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for workers whose application is not ready yet, or refuses traffic.
 */
@Timeout(600)
class ReadinessIT {

	@Test
	void shouldGetNothingUntilRunnersAreDoneAndWhileTrafficIsRefused() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet();
				ServerSocket runners = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			runners.setSoTimeout((int) Await.PATIENCE.toMillis());
			fleet.launchDaemon();
			ForkedJvm first = startWorker(fleet, runners);
			List<Future<String>> answers;
			try (Socket runner = runners.accept()) {
				awaitRefusing(fleet, first);
				answers = Client.getAll(fleet.port(), "/", 5);
				Await.until(() -> fleet.depth() == 5);
				assertThat(answers).noneMatch(Future::isDone);
				assertThat(fleet.health().path("status").asString()).isEqualTo("OUT_OF_SERVICE");
				runner.getOutputStream().write(1);
			}
			for (Future<String> answer : answers) {
				assertThat(answer.get()).startsWith(first.pid() + " ");
			}
			fleet.awaitReady(first);

			ForkedJvm second = startWorker(fleet, runners);
			try (Socket runner = runners.accept()) {
				awaitRefusing(fleet, second);
				assertServes(fleet, first);
				assertThat(got(fleet, second)).isZero();
				// Its end makes the runner throw
				runner.shutdownOutput();
				assertThat(second.awaitExit()).isEqualTo(1);
			}
			assertThat(second.log()).contains("The cache is not there");

			ForkedJvm third = fleet.startWorker(HandlerApplication.class);
			fleet.awaitReady(first, third);
			try (Connection connection = Client.connect(fleet.port())) {
				connection.send("GET", "/refuse", "", false);
				boolean isFirst = connection.read().text().startsWith(first.pid() + " ");
				ForkedJvm refusing = (isFirst) ? first : third;
				ForkedJvm other = (isFirst) ? third : first;
				awaitRefusing(fleet, refusing);
				assertServes(fleet, other);
				assertThat(fleet.management("/actuator/prometheus")).contains("fdwork_workers{state=\"refusing\"} 1.0");
				connection.send("GET", "/accept", "", true);
				connection.read();
				fleet.awaitReady(first, third);
				Await.until(() -> Client.get(fleet.port(), "/").startsWith(refusing.pid() + " "));
			}
		}
	}

	@Test
	@Tag("long")
	void shouldNotDrainOldWorkerInFavourOfNewOneThatHangs() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.startDaemon("--fdwork.daemon.fleet.min=2", "--fdwork.daemon.fleet.cds-archive=false",
					"--fdwork.daemon.report-interval=200ms");
			Await.until(() -> fleet.workers("READY").size() == 2);
			List<Long> old = fleet.workers("READY");
			assertThat(fleet.operate("refresh", "{\"batch\":\"1\"}").statusCode()).isEqualTo(200);
			Await.until(() -> !newOnes(fleet.workers("READY"), old).isEmpty());
			long hanging = newOnes(fleet.managed(), old).get(0);
			signal("STOP", hanging);
			Await.until(() -> {
				JsonNode state = fleet.state();
				return ForkedFleet.workers(state, "UNRESPONSIVE").equals(List.of(hanging))
						&& ForkedFleet.workers(state, "READY").equals(old);
			});
			List<Long> serving = fleet.workers("READY");
			for (int i = 0; i < 50; i++) {
				assertThat(serving).contains(Long.valueOf(Client.get(fleet.port(), "/pid")));
			}
			assertThat(serving).as("it had not proved itself").isEqualTo(old);
			assertThat(fleet.workers("READY")).isEqualTo(serving);
			assertThat(fleet.state().at("/fleet/state").asString()).isEqualTo("REFRESHING");
			signal("CONT", hanging);
			Await.until(() -> fleet.state().at("/fleet/lastRefresh/outcome").asString("").equals("COMPLETED"));
			assertThat(fleet.managed()).hasSize(2).contains(hanging).doesNotContainAnyElementsOf(old);
		}
	}

	private static List<Long> newOnes(List<Long> workers, List<Long> old) {
		return workers.stream().filter((worker) -> !old.contains(worker)).toList();
	}

	private static void signal(String name, long pid) throws Exception {
		assertThat(new ProcessBuilder("kill", "-" + name, String.valueOf(pid)).start().waitFor()).isZero();
	}

	private static ForkedJvm startWorker(ForkedFleet fleet, ServerSocket runners) throws IOException {
		return fleet.startWorker(HandlerApplication.class, "--test.runner-port=" + runners.getLocalPort());
	}

	private static void awaitRefusing(ForkedFleet fleet, ForkedJvm worker) {
		Await.until(() -> worker.requireAlive() && fleet.workers("REFUSING").equals(List.of(worker.pid())));
	}

	private static void assertServes(ForkedFleet fleet, ForkedJvm worker) throws IOException {
		for (int i = 0; i < 20; i++) {
			assertThat(Client.get(fleet.port(), "/")).startsWith(worker.pid() + " ");
		}
	}

	private static long got(ForkedFleet fleet, ForkedJvm worker) {
		for (JsonNode one : fleet.state().path("workers")) {
			if (one.path("pid").asLong() == worker.pid()) {
				return one.path("got").asLong();
			}
		}
		throw new AssertionError("Worker " + worker.pid() + " is not registered");
	}

}
