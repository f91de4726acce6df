package io.fdwork.sample;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.Client.Fate;
import io.fdwork.sample.fixture.Client.Load;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A daemon and two workers of the sample, as it is run.
 */
class SampleFleetIT {

	private static ForkedFleet fleet;

	private static ForkedJvm first;

	private static ForkedJvm second;

	@BeforeAll
	static void start() throws Exception {
		fleet = new ForkedFleet();
		fleet.serving("web");
		fleet.launchDaemon();
		// None leaves its worker while all are being connected
		first = fleet.startWorker("--fdwork.worker.return-idle-after=10m");
		second = fleet.startWorker("--fdwork.worker.return-idle-after=10m");
		fleet.awaitReady(first, second);
	}

	@AfterAll
	static void stop() throws Exception {
		fleet.close();
	}

	@Test
	void shouldAnswerFromBothWorkersWhenClientsConnect() throws Exception {
		Set<Long> pids = new HashSet<>();
		for (int i = 0; i < 20; i++) {
			pids.add(Long.valueOf(Client.get(fleet.port(), "/pid")));
		}
		assertThat(pids).containsExactlyInAnyOrder(first.pid(), second.pid());
	}

	@Test
	void shouldServeEveryRouteOnOneConnectionWhenItIsKeptAlive() throws Exception {
		try (Connection connection = Client.connect(fleet.port())) {
			connection.send("GET", "/", "", false);
			assertThat(connection.read().text()).startsWith("Hello from worker ");
			connection.send("GET", "/bytes/100000", "", false);
			assertThat(connection.read().body()).hasSize(100_000);
			connection.send("POST", "/echo", "grüße", false);
			assertThat(connection.read().text()).isEqualTo("grüße");
			connection.send("POST", "/halt", "", false);
			assertThat(connection.read().status()).isEqualTo(403);
			connection.send("GET", "/work?millis=x", "", false);
			assertThat(connection.read().status()).isEqualTo(400);
			connection.send("GET", "/nowhere", "", false);
			assertThat(connection.read().status()).isEqualTo(404);
		}
	}

	@Test
	void shouldAnswerInOrderWhenRequestsArePipelined() throws Exception {
		try (Connection connection = Client.connect(fleet.port())) {
			connection.send("GET", "/work?millis=200", "", false);
			connection.send("POST", "/echo", "second", false);
			// Not the last one: Reactor Netty drops what
			// waits before a request that closes
			connection.send("POST", "/echo", "third", false);
			assertThat(connection.read().text().strip()).matches("\\d+");
			assertThat(connection.read().text()).isEqualTo("second");
			assertThat(connection.read().text()).isEqualTo("third");
		}
	}

	@Test
	void shouldShowStateAndMetersWhenAskedOnManagementPort() {
		JsonNode state = fleet.state();
		assertThat(state.path("role").asString()).isEqualTo("daemon");
		assertThat(state.path("state").asString()).isEqualTo("RUNNING");
		assertThat(state.at("/listeners/0/address").asString()).isEqualTo("127.0.0.1:" + fleet.port());
		assertThat(state.at("/listeners/0/state").asString()).isEqualTo("LISTENING");
		assertThat(state.at("/queues/0/capacity").asInt()).isEqualTo(512);
		assertThat(state.path("workers")).hasSize(2);
		assertThat(fleet.health().path("status").asString()).isEqualTo("UP");
		assertThat(fleet.management("/actuator/prometheus")).contains("fdwork_queue_depth{queue=\"default\"}",
				"fdwork_worker_got_total{pid=\"" + first.pid() + "\"", "fdwork_workers{state=\"ready\"} 2");
	}

	@Test
	void shouldHaveMetersOfApplicationsOfAllWorkersInOneScrape() throws Exception {
		while (!answered(scrape()).containsAll(List.of(first.pid(), second.pid()))) {
			Client.get(fleet.port(), "/bytes/1");
		}
		assertThat(scrape())
			.contains("jvm_memory_used_bytes{" + labels(first), "jvm_memory_used_bytes{" + labels(second),
					"jvm_memory_used_bytes{role=\"daemon\",")
			.containsOnlyOnce("# TYPE jvm_memory_used_bytes gauge")
			.containsOnlyOnce("fdwork_worker_concurrency{" + labels(first) + "}")
			.doesNotContain("exported_");
		double before = missing();
		second.signal("STOP");
		try {
			assertThat(answered(scrape())).containsExactly(first.pid());
			assertThat(missing()).isEqualTo(before + 2);
			long start = System.nanoTime();
			scrape();
			assertThat(Duration.ofNanos(System.nanoTime() - start)).as("not waited for again")
				.isLessThan(Duration.ofSeconds(3));
		}
		finally {
			second.signal("CONT");
		}
		fleet.awaitReady(first, second);
		Await.until(() -> answered(scrape()).contains(second.pid()));
	}

	private static String scrape() {
		return fleet.management("/actuator/prometheus");
	}

	private static String labels(ForkedJvm worker) {
		return "pid=\"" + worker.pid() + "\",worker=\"worker-" + worker.pid() + "\"";
	}

	/**
	 * Return the workers that have answered a request of a path.
	 */
	private static Set<Long> answered(String scrape) {
		return Pattern
			.compile("(?m)^http_server_requests_seconds_count\\{pid=\"(\\d+)\",.*,status=\"200\","
					+ "uri=\"/bytes/\\{count}\"} [1-9]")
			.matcher(scrape)
			.results()
			.map((series) -> Long.valueOf(series.group(1)))
			.collect(Collectors.toSet());
	}

	private static double missing() {
		Matcher missing = Pattern.compile("fdwork_scrape_missing_total\\{cause=\"unanswered\"} (\\S+)")
			.matcher(scrape());
		assertThat(missing.find()).isTrue();
		return Double.parseDouble(missing.group(1));
	}

	@Test
	void shouldKeepDescriptorCountsWhenThousandsOfConnectionsWereServed() throws Exception {
		try (Load warmUp = new Load(fleet.port(), "/", 16)) {
			warmUp.awaitServed(500);
		}
		int[] before = descriptorsAtRest();
		Load load = new Load(fleet.port(), "/", 16);
		try (load) {
			load.awaitServed(5_000);
		}
		assertThat(load.count(Fate.REFUSED)).isZero();
		assertThat(load.count(Fate.LOST)).isZero();
		assertThat(descriptorsAtRest()).isEqualTo(before);
	}

	private static int[] descriptorsAtRest() {
		Await.until(() -> fleet.depth() == 0 && fleet.state().at("/workers/0/active").asInt() == 0
				&& fleet.state().at("/workers/1/active").asInt() == 0);
		int[] counts = new int[3];
		// A closed connection may still be on its way out of an event loop
		Await.until(() -> {
			int[] again = { daemonDescriptors(), first.descriptors(), second.descriptors() };
			boolean same = Arrays.equals(counts, again);
			System.arraycopy(again, 0, counts, 0, 3);
			return same;
		});
		return counts;
	}

	/**
	 * The daemon's descriptors without those of the management connections, which come
	 * and go with the test's own questions.
	 */
	private static int daemonDescriptors() {
		String meters = fleet.management("/actuator/metrics/fdwork.descriptors.open?tag=process:daemon");
		assertThat(meters).contains("fdwork.descriptors.open");
		return Integer.parseInt(meters.replaceAll("(?s).*\"value\":(\\d+).*", "$1"));
	}

	@Test
	@Tag("long")
	void shouldAnswerAllWhenTenThousandIdleConnectionsSendRequests() throws Exception {
		int count = 10_000;
		List<Connection> connections = new ArrayList<>();
		try {
			for (int i = 0; i < count; i++) {
				connections.add(Client.connect(fleet.port()));
			}
			Await.until(() -> fleet.state().at("/workers/0/active").asInt()
					+ fleet.state().at("/workers/1/active").asInt() == count);
			for (Connection connection : connections) {
				connection.send("GET", "/pid", "", false);
			}
			for (Connection connection : connections) {
				assertThat(connection.read().status()).isEqualTo(200);
			}
		}
		finally {
			for (Connection connection : connections) {
				connection.close();
			}
		}
	}

}
