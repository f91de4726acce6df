package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * One worker of a fleet is the leader, whatever happens to workers and daemons.
 */
@Timeout(600)
class LeaderIT {

	private static final int WORKERS = 3;

	/**
	 * Ten times what is promised, as the machine may be busy.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(3);

	@Test
	@Tag("long")
	void shouldHaveOneLeaderThroughRefreshesAndKills() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			Path jobs = Files.createDirectory(fleet.directory().resolve("jobs")).resolve("jobs");
			ForkedJvm daemon = startDaemon(fleet);
			for (int i = 0; i < 3; i++) {
				int generation = i + 2;
				long before = awaitLeader(fleet, jobs);
				assertThat(fleet.operate("refresh", null).statusCode()).isEqualTo(200);
				Await.until(() -> {
					JsonNode state = fleet.state();
					return state.at("/fleet/lastRefresh/generation").asInt() == generation && isComplete(state);
				});
				assertThat(awaitLeader(fleet, jobs)).isNotEqualTo(before);
			}
			assertThat(leaders(jobs)).as("moved once in each refresh").hasSize(4);

			List<Duration> without = new ArrayList<>();
			for (int i = 0; i < 5; i++) {
				long leader = awaitLeader(fleet, jobs);
				without.add(killLeader(leader, jobs));
				Await.until(() -> isComplete(fleet.state()));
			}
			assertThat(without).as("%s", without).allMatch((duration) -> duration.compareTo(PATIENCE) < 0);

			long kept = awaitLeader(fleet, jobs);
			daemon.kill();
			long done = Files.size(jobs);
			Await.until(() -> Files.size(jobs) > done);
			assertThat(lastLeader(jobs)).as("without a daemon").isEqualTo(kept);
			assertThat(killLeader(kept, jobs)).as("without a daemon").isLessThan(PATIENCE);
			long next = lastLeader(jobs);
			ForkedJvm nextDaemon = startDaemon(fleet);
			assertThat(awaitLeader(fleet, jobs)).as("with the next daemon").isEqualTo(next);

			int before = leaders(jobs).size();
			assertThat(before).as("4 in the refreshes, 5 killed, 1 without a daemon").isEqualTo(10);
			assertThat(nextDaemon.terminate()).isZero();
			assertThat(Files.readString(jobs)).doesNotContain("twice");
		}
	}

	private static ForkedJvm startDaemon(ForkedFleet fleet) throws IOException {
		ForkedJvm daemon = fleet.launchDaemon(LeaderApplication.class, "--fdwork.daemon.fleet.min=" + WORKERS,
				"--fdwork.daemon.fleet.max=" + WORKERS, "--fdwork.daemon.report-interval=100ms",
				"--test.jobs=" + fleet.directory().resolve("jobs"));
		Await.until(() -> daemon.requireAlive() && isComplete(fleet.state()));
		return daemon;
	}

	private static boolean isComplete(JsonNode state) {
		return ForkedFleet.workers(state, "READY").size() == WORKERS && state.path("workers").size() == WORKERS
				&& state.at("/fleet/state").asString("").equals("RUNNING");
	}

	/**
	 * Wait until the endpoint names one leader, which is the one that works.
	 */
	private static long awaitLeader(ForkedFleet fleet, Path jobs) throws IOException {
		List<Long> leaders = new ArrayList<>();
		Await.until(() -> {
			leaders.clear();
			fleet.state().path("workers").forEach((worker) -> {
				if (worker.path("leader").asBoolean()) {
					leaders.add(worker.path("pid").asLong());
				}
			});
			return leaders.size() == 1 && Files.exists(jobs) && lastLeader(jobs) == leaders.get(0);
		});
		return leaders.get(0);
	}

	/**
	 * Kill the leader.
	 * @return how long it took until another one worked
	 */
	private static Duration killLeader(long leader, Path jobs) {
		ProcessHandle.of(leader).orElseThrow().destroyForcibly();
		long start = System.nanoTime();
		Await.until(() -> lastLeader(jobs) != leader);
		return Duration.ofNanos(System.nanoTime() - start);
	}

	private static long lastLeader(Path jobs) throws IOException {
		List<String> lines = complete(jobs);
		return Long.parseLong(lines.get(lines.size() - 1).split(" ")[0]);
	}

	private static Set<String> leaders(Path jobs) throws IOException {
		return new LinkedHashSet<>(complete(jobs));
	}

	/**
	 * Return the lines that were written to their ends.
	 */
	private static List<String> complete(Path jobs) throws IOException {
		String content = Files.readString(jobs);
		return content.substring(0, content.lastIndexOf('\n') + 1).lines().toList();
	}

}
