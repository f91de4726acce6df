package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

import io.fdwork.sample.fixture.ArchivedSample;
import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client.Fate;
import io.fdwork.sample.fixture.Client.Load;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for a fleet whose workers do not start, or only seem to, and for a daemon that
 * does not start after all.
 */
@Tag("long")
@Timeout(600)
class FailedStartIT {

	private static final int WORKERS = 2;

	/**
	 * One after the other with the same processes, each of which takes seconds to start.
	 */
	@Test
	void shouldServeOnWhateverFailsToStart() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			Path awayForBeans = Files.createFile(fleet.directory().resolve(BackendApplication.AWAY_FOR_BEANS));
			ForkedJvm daemon = launchDaemon(fleet);
			assertWaitsForBackend(fleet, daemon);

			Files.delete(awayForBeans);
			List<Long> pids = awaitReady(fleet, daemon);
			assertThat(fleet.state().at("/fleet/state").asString()).isEqualTo("RUNNING");
			assertThat(fleet.health().path("status").asString()).as("without having been resumed").isEqualTo("UP");

			Path awayForRunners = Files.writeString(fleet.directory().resolve(BackendApplication.AWAY_FOR_RUNNERS),
					"3000");
			assertTakesRefreshBack(fleet, "{}", pids);
			assertTakesRefreshBack(fleet, "{\"batch\":\"100%\"}", pids);

			daemon.kill();
			assertLeavesWorkersWhenDaemonFailsLate(fleet, pids);
			Files.delete(awayForRunners);
			Files.writeString(fleet.directory().resolve(BackendApplication.SLOW_DAEMON), "600000");
			ForkedJvm starting = launchDaemon(fleet);
			assertThat(awaitReady(fleet, starting)).containsExactlyInAnyOrderElementsOf(pids);
			assertThat(starting.terminate()).isZero();
			assertThat(pids).as("a daemon that is told to end").noneMatch(FailedStartIT::isAlive);
			assertThat(fleet.managed()).isEmpty();
		}
	}

	private static void assertWaitsForBackend(ForkedFleet fleet, ForkedJvm daemon) {
		JsonNode[] state = new JsonNode[1];
		Await.until(() -> {
			state[0] = fleet.state();
			return daemon.requireAlive() && state[0].at("/fleet/reason").asString("").startsWith("2 attempts in a row");
		});
		assertThat(state[0].at("/fleet/state").asString()).isEqualTo("RUNNING");
		assertThat(state[0].at("/fleet/reason").asString()).contains("the next one",
				"(EARLY): java.lang.IllegalStateException: The database is away");
		assertThat(state[0].at("/fleet/exits/0/cause").asString())
			.isEqualTo("java.lang.IllegalStateException: The database is away");
		JsonNode health = fleet.health();
		assertThat(health.path("status").asString()).isEqualTo("OUT_OF_SERVICE");
		assertThat(health.at("/components/fdwork/details/reason").asString()).startsWith("Workers do not start: ");
	}

	private static void assertTakesRefreshBack(ForkedFleet fleet, String body, List<Long> pids) throws Exception {
		int generation = fleet.state().at("/fleet/lastRefresh/generation").asInt(1);
		Load load = new Load(fleet.port(), "/pid", 2);
		try (load) {
			load.awaitServed(50);
			assertThat(fleet.operate("refresh", body).statusCode()).isEqualTo(200);
			Await.until(() -> fleet.state().at("/fleet/lastRefresh/generation").asInt(1) > generation);
			Await.until(() -> fleet.managed().equals(pids));
			load.awaitServed(50);
		}
		assertThat(load.count(Fate.REFUSED)).isZero();
		assertThat(load.count(Fate.LOST)).isZero();
		JsonNode state = fleet.state();
		assertThat(state.at("/fleet/lastRefresh/outcome").asString()).isEqualTo("ROLLED_BACK");
		assertThat(state.at("/fleet/lastRefresh/reason").asString())
			.endsWith(": java.lang.IllegalStateException: The backend does not answer");
		assertThat(ForkedFleet.workers(state, "READY")).isEqualTo(pids.stream().sorted().toList());
	}

	private static void assertLeavesWorkersWhenDaemonFailsLate(ForkedFleet fleet, List<Long> pids) throws IOException {
		Path slowDaemon = Files.writeString(fleet.directory().resolve(BackendApplication.SLOW_DAEMON), "0");
		ForkedJvm daemon = launchDaemon(fleet);
		assertThat(daemon.awaitExit()).isEqualTo(1);
		assertThat(daemon.log()).contains("Adopting the workers", "Leaving the workers", "The backend does not answer");
		assertThat(fleet.managed()).isEqualTo(pids);
		assertThat(pids).allMatch(FailedStartIT::isAlive);
		Files.delete(slowDaemon);
	}

	private static ForkedJvm launchDaemon(ForkedFleet fleet) throws IOException {
		return fleet.launchDaemon(BackendApplication.class, "--test.directory=" + fleet.directory(),
				"--fdwork.daemon.fleet.min=" + WORKERS, "--fdwork.daemon.fleet.max-backoff-delay=1s",
				"--fdwork.daemon.fleet.cds-archive=false",
				"--fdwork.daemon.fleet.jvm-arguments=" + String.join(",", ArchivedSample.launch().jvmArguments()));
	}

	private static List<Long> awaitReady(ForkedFleet fleet, ForkedJvm daemon) throws IOException {
		Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() == WORKERS
				&& Set.copyOf(fleet.workers("READY")).equals(Set.copyOf(fleet.managed())));
		return fleet.managed();
	}

	private static boolean isAlive(long pid) {
		return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
	}

}
