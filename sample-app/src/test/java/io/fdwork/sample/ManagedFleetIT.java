package io.fdwork.sample;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
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
 * Tests for a daemon that starts its workers itself, from the jar.
 */
@Timeout(600)
class ManagedFleetIT {

	private static final Pattern START = Pattern.compile("(\"start(?:Ticks|Millis)\":)([0-9]+)");

	/**
	 * A step of a refresh, in the log of the daemon.
	 */
	private static final Pattern STEP = Pattern
		.compile("(Started|Draining) worker|Worker [0-9]+ of generation 2 (is ready)");

	@Test
	@Tag("long")
	void shouldRefreshWithoutLosingAConnection() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			Path jar = Files.copy(Path.of("target", "sample-app.jar"), fleet.directory().resolve("one.jar"));
			Path link = Files.createSymbolicLink(fleet.directory().resolve("app.jar"), jar);
			ForkedJvm daemon = startDaemon(fleet, 2, 2, "--fdwork.daemon.fleet.jar=" + link);
			Load load = new Load(fleet.port(), "/work?millis=10", 4);
			try (load) {
				load.awaitServed(100);
				int descriptors = daemon.descriptors();
				// Not those that are READY: a worker on a busy machine may report late
				List<Long> before = fleet.managed();
				Path next = Files.copy(jar, fleet.directory().resolve("two.jar"));
				Files.delete(link);
				Files.createSymbolicLink(link, next);

				JsonNode after = refresh(fleet, "{\"batch\":\"100%\"}");

				assertThat(after.at("/fleet/lastRefresh/outcome").asString()).isEqualTo("COMPLETED");
				assertThat(after.at("/fleet/jar").asString()).as("the switched link is followed")
					.isEqualTo(next.toRealPath().toString());
				assertThat(fleet.managed()).hasSize(2).doesNotContainAnyElementsOf(before);
				before.forEach((pid) -> assertThat(isAlive(pid)).isFalse());
				load.awaitServed(100);

				List<Long> good = fleet.managed();
				Path broken = Files.writeString(fleet.directory().resolve("broken.jar"), "no jar");
				JsonNode rolledBack = refresh(fleet, "{\"jar\":\"" + broken + "\"}");
				assertThat(rolledBack.at("/fleet/lastRefresh/outcome").asString()).isEqualTo("ROLLED_BACK");
				assertThat(rolledBack.at("/fleet/lastRefresh/reason").asString()).contains("corrupt");
				assertThat(fleet.managed()).as("untouched").isEqualTo(good);
				load.awaitServed(100);
				// Each load thread and the connections of this test come and go
				Await.until(() -> daemon.descriptors() <= descriptors + 4);
			}
			assertThat(load.count(Fate.REFUSED)).isZero();
			assertThat(load.count(Fate.LOST)).isZero();
			assertThat(daemon.terminate()).isZero();
			assertThat(fleet.managed()).isEmpty();
		}
	}

	@Test
	@Tag("long")
	void shouldStartNextWorkerWhileLastOneProvesItself() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			ForkedJvm daemon = startDaemon(fleet, 3, 4);
			Load load = new Load(fleet.port(), "/work?millis=10", 4);
			int most = 0;
			try (load) {
				load.awaitServed(100);
				assertThat(fleet.operate("refresh", null).statusCode()).isEqualTo(200);
				AtomicInteger processes = new AtomicInteger();
				Await.until(() -> {
					processes.accumulateAndGet(fleet.managed().size(), Math::max);
					return fleet.state().at("/fleet/lastRefresh/outcome").asString("").equals("COMPLETED");
				});
				most = processes.get();
				load.awaitServed(100);
			}
			assertThat(most).as("max and a batch").isLessThanOrEqualTo(5);
			assertThat(STEP.matcher(daemon.log().substring(daemon.log().indexOf("Refreshing to generation 2")))
				.results()
				.map((step) -> (step.group(1) != null) ? step.group(1) : step.group(2))
				.limit(3)).as("nobody is drained before").containsExactly("Started", "is ready", "Started");
			assertThat(load.count(Fate.REFUSED)).isZero();
			assertThat(load.count(Fate.LOST)).isZero();
			assertThat(daemon.terminate()).isZero();
		}
	}

	@Test
	void shouldReplaceAndAdoptWorkersAndHaveNoneTwiceWhenProcessesAreKilled() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			ForkedJvm daemon = startDaemon(fleet, 2, 2);
			long victim = fleet.workers("READY").get(0);
			ProcessHandle.of(victim).orElseThrow().destroyForcibly();
			Await.until(() -> {
				List<Long> ready = fleet.workers("READY");
				return ready.size() == 2 && !ready.contains(victim);
			});
			JsonNode exit = fleet.state().at("/fleet/exits/0");
			assertThat(exit.path("pid").asLong()).isEqualTo(victim);
			assertThat(exit.path("reason").asString()).isEqualTo("CRASHED");
			assertThat(exit.path("signal").asInt()).isEqualTo(9);

			List<Long> survivors = fleet.managed();
			assertThat(survivors).hasSize(2).doesNotContain(victim);
			daemon.kill();
			assertThat(survivors).allMatch(ManagedFleetIT::isAlive);
			ForkedJvm next = startDaemon(fleet, 2, 2);
			Await.until(() -> Set.copyOf(fleet.workers("READY")).equals(Set.copyOf(survivors)));
			assertThat(fleet.managed()).containsExactlyInAnyOrderElementsOf(survivors);
			assertThat(fleet.state().at("/fleet/exits")).isEmpty();

			next.kill();
			ForkedJvm last = adoptWhatCannotBeIdentified(fleet, survivors);

			assertThat(last.terminate()).isZero();
			assertThat(survivors).noneMatch(ManagedFleetIT::isAlive);
		}
	}

	private static ForkedJvm adoptWhatCannotBeIdentified(ForkedFleet fleet, List<Long> workers) throws Exception {
		// What a step of the clock did to start times that were
		// derived from it. What is written is in no book any more
		Path file = fleet.directory().resolve("run").resolve("fleet.json");
		String content = Files.readString(file);
		Files.writeString(file,
				START.matcher(content).replaceAll((start) -> start.group(1) + (Long.parseLong(start.group(2)) + 5000)));
		assertThat(file).content().isNotEqualTo(content);
		ForkedJvm daemon = startDaemon(fleet, 2, 2);
		Await.until(() -> {
			JsonNode state = fleet.state();
			return Set.copyOf(ForkedFleet.workers(state, "READY")).equals(Set.copyOf(workers))
					&& state.path("workers").size() == 2 && state.at("/fleet/starting").asInt(-1) == 0
					&& state.at("/fleet/draining").asInt(-1) == 0;
		});
		assertThat(fleet.managed()).containsExactlyInAnyOrderElementsOf(workers);
		assertThat(daemon.log()).contains("have ended, or cannot be identified")
			.contains("Adopting worker " + workers.get(0))
			.contains("Adopting worker " + workers.get(1));
		assertThat(fleet.state().at("/fleet/exits")).allSatisfy(
				(exit) -> assertThat(exit.path("reason").asString()).as("one too many").isEqualTo("SCALED_DOWN"));
		return daemon;
	}

	@Test
	@Tag("long")
	void shouldHoldRequestsWhileQuiescedAndScaleFromZeroAndBack() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			startDaemon(fleet, 0, 1, "--fdwork.daemon.fleet.scale-down-after=8s");
			assertThat(fleet.managed()).isEmpty();
			String first = Client.get(fleet.port(), "/pid");
			assertThat(fleet.workers("READY")).containsExactly(Long.valueOf(first));

			assertThat(fleet.operate("quiesce", null).statusCode()).isEqualTo(200);
			Await.until(() -> fleet.workers("QUIESCED").size() == 1);
			CompletableFuture<String> held = CompletableFuture.supplyAsync(() -> get(fleet));
			Await.until(() -> fleet.depth() == 1);
			assertThat(fleet.health().path("components").path("fdwork").path("details").path("reason").asString())
				.contains("quiesced");
			assertThat(held).isNotDone();
			assertThat(fleet.operate("resume", null).body()).contains("\"state\":\"RUNNING\"");
			assertThat(held.join()).isEqualTo(first);

			Await.until(() -> fleet.managed().isEmpty() && fleet.state().path("workers").isEmpty());
			assertThat(fleet.state().at("/fleet/exits/0/reason").asString()).isEqualTo("SCALED_DOWN");
		}
	}

	@Test
	void shouldStopWhenWorkersExitEarlyAndGoOnWhenResumed() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.startDaemon("--fdwork.daemon.fleet.min=1", "--fdwork.daemon.fleet.max=1",
					"--fdwork.daemon.fleet.cds-archive=false", "--fdwork.daemon.fleet.max-start-failures=3",
					"--fdwork.daemon.fleet.jvm-arguments=-Xmx1k");
			Await.until(() -> fleet.state().at("/fleet/state").asString("").equals("STOPPED"));
			assertThat(fleet.state().at("/fleet/exits")).hasSize(3)
				.allSatisfy((exit) -> assertThat(exit.path("reason").asString()).isEqualTo("EARLY"));
			assertThat(fleet.state().at("/fleet/exits/0/lastLines").toString()).contains("heap");
			assertThat(fleet.health().path("components").path("fdwork").path("details").path("reason").asString())
				.contains("3 attempts in a row", "heap");
			assertThat(fleet.operate("resume", null).statusCode()).isEqualTo(200);
			Await.until(() -> fleet.state().at("/fleet/exitCounts/EARLY").asLong() == 6);

			HttpResponse<String> refused = fleet.operate("refresh", "{\"batch\":\"none\"}");
			assertThat(refused.statusCode()).isEqualTo(400);
			assertThat(refused.body()).contains("percentage").contains("none");
		}
	}

	private static ForkedJvm startDaemon(ForkedFleet fleet, int min, int max, String... arguments) throws IOException {
		String[] all = new String[arguments.length + 3];
		System.arraycopy(arguments, 0, all, 0, arguments.length);
		all[arguments.length] = "--fdwork.daemon.fleet.min=" + min;
		all[arguments.length + 1] = "--fdwork.daemon.fleet.max=" + max;
		all[arguments.length + 2] = "--fdwork.daemon.fleet.cds-archive=false";
		ForkedJvm daemon = fleet.startDaemon(all);
		Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() >= min
				&& fleet.state().at("/fleet/starting").asInt() == 0);
		return daemon;
	}

	private static JsonNode refresh(ForkedFleet fleet, String body) throws IOException {
		int generation = fleet.state().at("/fleet/lastRefresh/generation").asInt(1);
		assertThat(fleet.operate("refresh", body).statusCode()).isEqualTo(200);
		Await.until(() -> fleet.state().at("/fleet/lastRefresh/generation").asInt(1) > generation);
		return fleet.state();
	}

	private static boolean isAlive(long pid) {
		return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
	}

	private static String get(ForkedFleet fleet) {
		try {
			return Client.get(fleet.port(), "/pid");
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
