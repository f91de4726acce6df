package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Workers in pid namespaces of their own, where each is process 1, and a daemon in one
 * with its workers.
 */
@Timeout(600)
@Tag("long")
class PidNamespaceIT {

	private static final String[] UNSHARE = { "unshare", "--pid", "--fork", "--mount-proc", "--kill-child" };

	private static final JsonMapper mapper = JsonMapper.builder().build();

	@BeforeAll
	static void requireNamespaces() throws Exception {
		assumeTrue(isPossible(), "This user can create no pid namespace");
	}

	private static boolean isPossible() throws InterruptedException {
		try {
			Process process = new ProcessBuilder("unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "true")
				.start();
			return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
		}
		catch (IOException ex) {
			return false;
		}
	}

	@Test
	void shouldKnowWorkerByPidThatDaemonSees() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			ForkedJvm daemon = fleet.startDaemon();
			ForkedJvm other = fleet.startWorker();
			fleet.prefix(UNSHARE);
			ForkedJvm namespace = fleet.startWorker();
			Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() == 2);
			long seen = ProcessHandle.of(namespace.pid()).orElseThrow().children().findFirst().orElseThrow().pid();
			assertThat(fleet.workers("READY")).as("as the kernel says").containsExactlyInAnyOrder(other.pid(), seen);
			assertThat(daemon.log()).contains("has pid 1 in its pid namespace, and " + seen + " here");
			assertThat(fleet.operate("retire", "{\"worker\":\"1\"}").statusCode()).isEqualTo(400);
			assertThat(fleet.operate("retire", "{\"worker\":\"" + seen + "\"}").statusCode()).isEqualTo(200);
			assertThat(namespace.awaitExit()).isZero();
			fleet.awaitReady(other);
		}
	}

	@Test
	void shouldKeepWorkersApartThatDaemonDoesNotSee() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.prefix(UNSHARE);
			ForkedJvm daemon = fleet.startDaemon();
			ForkedJvm first = fleet.startWorker();
			Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() == 1);
			ForkedJvm second = fleet.startWorker();
			Await.until(() -> first.requireAlive() && second.requireAlive() && fleet.workers("READY").size() == 2);
			JsonNode workers = fleet.state().path("workers");
			assertThat(workers).allSatisfy((worker) -> assertThat(worker.path("pid").asLong(-1)).isZero())
				.allSatisfy((worker) -> assertThat(worker.path("name").asString()).isEqualTo("worker-1"));
			assertThat(series(fleet)).hasSize(2).contains("worker-1");

			String refused = fleet.operate("retire", "{\"worker\":\"worker-1\"}").body();
			assertThat(refused).contains("could be each of").contains("fdwork.worker.name");
			assertThat(fleet.operate("retire", "{\"worker\":\"0\"}").statusCode()).isEqualTo(400);
			assertThat(fleet.workers("READY")).hasSize(2);

			first.kill();
			Await.until(() -> fleet.workers("READY").size() == 1 && series(fleet).size() == 1);
			assertThat(series(fleet)).as("of the one that is left").doesNotContain("worker-1");
			assertThat(fleet.operate("retire", "{\"worker\":\"worker-1\"}").statusCode()).isEqualTo(200);
			assertThat(second.awaitExit()).isZero();
		}
	}

	@Test
	void shouldLeaveNoZombieWhenInitIsProcessOneOfDaemonAndWorkers() throws Exception {
		String init = Debian.find("find-tini", Path.of("target", "tini"));
		assumeTrue(init != null, "There is no tini, and its package cannot be had");
		for (boolean withInit : new boolean[] { false, true }) {
			List<String> prefix = new ArrayList<>(List.of(UNSHARE));
			prefix.addAll((withInit) ? List.of(init, "--") : List.of());
			// As a worker does that starts a process which outlives it
			prefix.addAll(List.of("sh", "-c", "(sleep 1 &); exec \"$@\"", "sh"));
			try (ForkedFleet fleet = new ForkedFleet()) {
				fleet.prefix(prefix.toArray(String[]::new));
				ForkedJvm namespace = fleet.startDaemon("--fdwork.daemon.fleet.min=1", "--fdwork.daemon.fleet.max=1",
						"--fdwork.daemon.fleet.cds-archive=false", "--fdwork.daemon.stop-delay=2s");
				Await.until(() -> namespace.requireAlive() && fleet.workers("READY").size() == 1);
				Await.until(() -> states(namespace, "sleep").equals((withInit) ? "" : "Z"));
				long one = ProcessHandle.of(namespace.pid()).orElseThrow().children().findFirst().orElseThrow().pid();
				new ProcessBuilder("kill", "-TERM", String.valueOf(one)).start().waitFor();
				Await.until(() -> fleet.health().path("status").asString("").equals("OUT_OF_SERVICE"));
				assertThat(Client.get(fleet.port(), "/pid")).as("until the delay is over").isNotEmpty();
				assertThat(namespace.awaitExit()).as(namespace.log()).isZero();
				assertThat(namespace.log()).contains("(DAEMON_ENDED)");
			}
		}
	}

	/**
	 * Return the states of the processes of a name below a process.
	 */
	private static String states(ForkedJvm top, String name) throws IOException {
		StringBuilder states = new StringBuilder();
		for (ProcessHandle process : ProcessHandle.of(top.pid()).orElseThrow().descendants().toList()) {
			Path status = Path.of("/proc", String.valueOf(process.pid()), "stat");
			String text = (Files.exists(status)) ? Files.readString(status) : "";
			if (text.contains("(" + name + ")")) {
				states.append(text.charAt(text.indexOf(')') + 2));
			}
		}
		return states.toString();
	}

	private static Set<String> series(ForkedFleet fleet) {
		JsonNode meter = mapper.readTree(fleet.management("/actuator/metrics/fdwork.worker.got"));
		return StreamSupport.stream(meter.path("availableTags").spliterator(), false)
			.filter((tag) -> tag.path("tag").asString().equals("worker"))
			.flatMap((tag) -> StreamSupport.stream(tag.path("values").spliterator(), false))
			.map(JsonNode::asString)
			.collect(Collectors.toSet());
	}

}
