package io.fdwork.sample;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
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
 * What a daemon makes of the workers that a killed one has left.
 */
@Timeout(600)
class AdoptionIT {

	@Test
	@Tag("long")
	void shouldGoOnWithWhatKilledDaemonHasBegun() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			ForkedJvm daemon = startDaemon(fleet);
			List<Long> ready = new ArrayList<>();
			try (Connection slow = hold(fleet, 60_000)) {
				long draining = holder(fleet);
				assertThat(fleet.operate("retire", "{\"worker\":\"" + draining + "\"}").statusCode()).isEqualTo(200);
				awaitSettledBut(fleet, draining);
				ready.addAll(fleet.workers("READY"));
				daemon.kill();
				daemon = startDaemon(fleet);
				awaitSettledBut(fleet, draining);
				assertThat(fleet.workers("READY")).as("nothing new was started").isEqualTo(ready);
				assertThat(fleet.managed()).hasSize(3);
				slow.close();
				awaitExit(fleet, draining, "RETIRED");
			}
			try (Connection slow = hold(fleet, 60_000)) {
				long draining = holder(fleet);
				assertThat(fleet.operate("refresh", "{\"drainTimeout\":\"50s\"}").statusCode()).isEqualTo(200);
				awaitSettledBut(fleet, draining);
				daemon.kill();
				daemon = startDaemon(fleet);
				awaitSettledBut(fleet, draining);
				JsonNode state = fleet.state().path("fleet");
				assertThat(state.path("state").asString()).isEqualTo("REFRESHING");
				assertThat(state.has("lastRefresh")).isFalse();
				slow.close();
				awaitExit(fleet, draining, "REFRESHED");
				Await.until(() -> fleet.state().at("/fleet/lastRefresh/outcome").asString("").equals("COMPLETED"));
			}
			assertThat(fleet.state().at("/fleet/lastRefresh/generation").asInt()).isEqualTo(2);
			assertThat(fleet.workers("READY")).hasSize(2).doesNotContainAnyElementsOf(ready);
			// Those of a killed daemon are reaped by somebody else
			Await.until(() -> ready.stream().noneMatch(AdoptionIT::isAlive));

			shouldReplaceRefusedWorkersAtOnce(fleet, daemon);
		}
	}

	private static void shouldReplaceRefusedWorkersAtOnce(ForkedFleet fleet, ForkedJvm daemon) throws Exception {
		List<Long> workers = fleet.managed();
		try (Connection slow = hold(fleet, 20_000)) {
			long busy = holder(fleet);
			daemon.kill();
			long start = System.nanoTime();
			ForkedJvm next = launchDaemon(fleet, "renamed");
			Await.until(() -> next.requireAlive() && !fleet.state().isMissingNode());
			assertThat(workers).doesNotContain(Long.valueOf(Client.get(fleet.port(), "/pid")));
			assertThat(Duration.ofNanos(System.nanoTime() - start)).as("not the start timeout of two minutes")
				.isLessThan(Duration.ofMinutes(1));
			assertThat(slow.read().status()).as("what it had in hand").isEqualTo(200);
			awaitExit(fleet, busy, "REFUSED");
			Await.until(() -> fleet.state().at("/fleet/exitCounts/REFUSED").asInt() == 2 && isSettled(fleet.state()));
			assertThat(fleet.workers("READY")).hasSize(2).doesNotContainAnyElementsOf(workers);
			assertThat(next.terminate()).isZero();
			assertThat(fleet.managed()).isEmpty();
		}
	}

	private static ForkedJvm startDaemon(ForkedFleet fleet) throws IOException {
		ForkedJvm daemon = launchDaemon(fleet, "first");
		Await.until(() -> {
			JsonNode state = fleet.state();
			return daemon.requireAlive() && ForkedFleet.workers(state, "READY").size() >= 2
					&& state.at("/fleet/starting").asInt() == 0;
		});
		return daemon;
	}

	private static ForkedJvm launchDaemon(ForkedFleet fleet, String queue) throws IOException {
		return fleet.launchDaemon("--fdwork.daemon.fleet.min=2", "--fdwork.daemon.fleet.max=2",
				"--fdwork.daemon.fleet.cds-archive=false", "--fdwork.daemon.fleet.drain-timeout=50s",
				"--spring.lifecycle.timeout-per-shutdown-phase=70s", "--fdwork.daemon.queues." + queue + ".capacity=16",
				"--fdwork.daemon.listeners[0].queue=" + queue, "--fdwork.worker.queues=" + queue);
	}

	/**
	 * Send a request that a worker takes long for.
	 */
	private static Connection hold(ForkedFleet fleet, int millis) throws IOException {
		Connection connection = Client.connect(fleet.port());
		connection.send("GET", "/work?millis=" + millis, "", true);
		return connection;
	}

	private static long holder(ForkedFleet fleet) {
		List<Long> holders = new ArrayList<>();
		Await.until(() -> {
			for (JsonNode worker : fleet.state().path("workers")) {
				if (worker.path("active").asInt() == 1) {
					holders.add(worker.path("pid").asLong());
				}
			}
			return !holders.isEmpty();
		});
		return holders.get(0);
	}

	/**
	 * Wait until only one worker is left that drains, and all others are ready.
	 */
	private static void awaitSettledBut(ForkedFleet fleet, long draining) {
		Await.until(() -> {
			JsonNode state = fleet.state();
			return ForkedFleet.workers(state, "DRAINING").equals(List.of(draining))
					&& ForkedFleet.workers(state, "READY").size() == 2 && state.at("/fleet/starting").asInt(-1) == 0
					&& state.at("/fleet/draining").asInt(-1) == 1;
		});
	}

	private static boolean isSettled(JsonNode state) {
		return state.at("/fleet/starting").asInt(-1) == 0 && state.at("/fleet/draining").asInt(-1) == 0;
	}

	private static void awaitExit(ForkedFleet fleet, long pid, String reason) {
		Await.until(() -> {
			for (JsonNode exit : fleet.state().at("/fleet/exits")) {
				if (exit.path("pid").asLong() == pid) {
					assertThat(exit.path("reason").asString()).isEqualTo(reason);
					return true;
				}
			}
			return false;
		});
	}

	private static boolean isAlive(long pid) {
		return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
	}

}
