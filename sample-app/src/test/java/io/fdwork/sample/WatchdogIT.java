package io.fdwork.sample;

import java.time.Duration;
import java.util.List;

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
 * What a fleet does about workers that hang.
 */
@Tag("long")
@Timeout(600)
class WatchdogIT {

	@Test
	void shouldReplaceWorkersThatHangAndKeepWhatTheirThreadsDid() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			ForkedJvm daemon = fleet.startDaemon("--fdwork.daemon.fleet.min=2", "--fdwork.daemon.fleet.max=3",
					"--fdwork.daemon.fleet.cds-archive=false", "--fdwork.daemon.fleet.hang-timeout=5s",
					"--fdwork.daemon.fleet.max-service-time=20s", "--fdwork.daemon.fleet.drain-timeout=5s");
			Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() == 2);

			long stopped = fleet.workers("READY").get(0);
			signal("STOP", stopped);
			long start = System.nanoTime();
			Await.until(() -> fleet.workers("UNRESPONSIVE").contains(stopped));
			// It holds up nothing: growth does not wait for the timeout, nor for its end
			assertThat(fleet.operate("scale", "{\"min\":3,\"max\":3}").statusCode()).isEqualTo(200);
			Await.until(() -> fleet.state().at("/fleet/starting").asInt() > 0);
			JsonNode exit = awaitExit(fleet, stopped);
			assertThat(exit.path("reason").asString()).isEqualTo("HUNG");
			assertThat(exit.path("signal").asInt()).isEqualTo(9);
			assertThat(exit.path("cause").asString()).contains("fdwork.daemon.fleet.hang-timeout=PT5S")
				.endsWith("There is no thread dump: a signal has stopped it");
			assertThat(exit.has("threadDump")).isFalse();
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofSeconds(5),
					Duration.ofMinutes(1));
			Await.until(() -> fleet.workers("READY").size() == 3);

			List<Long> before = fleet.workers("READY");
			try (Connection slow = Client.connect(fleet.port())) {
				slow.send("GET", "/sleep?millis=300000", "", true);
				Await.until(() -> fleet.state().at("/fleet/exitCounts/HUNG").asInt() == 2);
				assertThat(slow.awaitAnswer()).as("killed after the drain timeout").isFalse();
			}
			JsonNode slow = fleet.state().at("/fleet/exits/1");
			assertThat(before).contains(slow.path("pid").asLong());
			assertThat(slow.path("cause").asString()).contains("max-service-time=PT20S");
			assertThat(slow.path("threadDump").asString()).startsWith("Full thread dump")
				.contains("io.fdwork.sample.SampleController.sleep");
			Await.until(() -> fleet.workers("READY").size() == 3);
			assertThat(daemon.terminate()).isZero();
		}
	}

	@Test
	void shouldReplaceWorkerThatHangsWhileItStarts() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			ForkedJvm daemon = fleet.startDaemon("--fdwork.daemon.fleet.min=1", "--fdwork.daemon.fleet.max=2",
					"--fdwork.daemon.fleet.cds-archive=false", "--fdwork.daemon.fleet.start-timeout=40s");
			Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() == 1);
			List<Long> ready = fleet.managed();
			assertThat(fleet.operate("scale", "{\"min\":2,\"max\":2}").statusCode()).isEqualTo(200);
			Await.until(() -> fleet.managed().size() == 2);
			long starting = fleet.managed().stream().filter((pid) -> !ready.contains(pid)).findFirst().orElseThrow();
			signal("STOP", starting);
			long start = System.nanoTime();
			JsonNode exit = awaitExit(fleet, starting);
			assertThat(exit.path("reason").asString()).isEqualTo("START_TIMEOUT");
			assertThat(exit.path("signal").asInt()).isEqualTo(9);
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofSeconds(30),
					Duration.ofMinutes(2));
			Await.until(() -> fleet.workers("READY").size() == 2);
			assertThat(fleet.workers("READY")).containsAll(ready).doesNotContain(starting);
			assertThat(daemon.terminate()).isZero();
		}
	}

	private static JsonNode awaitExit(ForkedFleet fleet, long pid) {
		Await.until(() -> fleet.state().at("/fleet/exits/0/pid").asLong() == pid);
		return fleet.state().at("/fleet/exits/0");
	}

	private static void signal(String name, long pid) throws Exception {
		assertThat(new ProcessBuilder("kill", "-" + name, String.valueOf(pid)).start().waitFor()).isZero();
	}

}
