package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.Client.Response;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What clients notice of releases that are tried out, good and bad ones.
 */
@Tag("long")
@Timeout(600)
class BakeIT {

	private static final int WORKERS = 2;

	private static final int CLIENTS = 6;

	/**
	 * A connection stays with its worker while its client is never idle: only new ones
	 * come to others.
	 */
	private static final int REQUESTS_OF_CONNECTION = 10;

	private final CountDownLatch stopped = new CountDownLatch(1);

	private final Map<Long, LongAdder> answered = new ConcurrentHashMap<>();

	private final Map<Long, LongAdder> failed = new ConcurrentHashMap<>();

	@Test
	void shouldTakeBackReleasesThatFailOrAreSlower() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet(); Clients clients = new Clients(fleet.port())) {
			Path release = fleet.directory().resolve("release.properties");
			start(fleet, release);
			List<Long> old = fleet.workers("READY");
			clients.start();
			clients.awaitAnswered(1000);

			Files.writeString(release, "sample.fail-every=10");
			JsonNode refresh = refresh(fleet, "{\"bake\":\"1m\"}", Duration.ofMinutes(1));
			assertThat(refresh.path("outcome").asString()).isEqualTo("ROLLED_BACK");
			assertThat(refresh.path("reason").asString()).startsWith("Of the requests to generation 2 ")
				.contains(" failed, of those to generation 1 0.0% (0 of ");
			assertThat(refresh.at("/comparison/after/failed").asLong()).isPositive();
			assertThat(refresh.at("/comparison/before/failed").asLong()).isZero();
			assertServedBy(fleet, old);

			Map<Long, Long> before = counts();
			refresh = refresh(fleet, "{\"bake\":\"1m\",\"canary\":1}", Duration.ofMinutes(1));
			assertThat(refresh.path("outcome").asString()).isEqualTo("ROLLED_BACK");
			assertThat(refresh.path("reason").asString()).startsWith("Of the requests to generation 3 ");
			Map<Long, Long> after = counts();
			long all = sum(after, Set.of()) - sum(before, Set.of());
			long byCanary = sum(after, old) - sum(before, old);
			System.out.println("The canary answered " + byCanary + " of " + all);
			// One of three serves, and chance has its part
			assertThat(byCanary).isPositive().isLessThan(all / 2);
			assertServedBy(fleet, old);

			Files.writeString(release, "sample.slowdown=3");
			refresh = refresh(fleet, "{\"bake\":\"1m\"}", Duration.ofMinutes(1));
			assertThat(refresh.path("outcome").asString()).isEqualTo("ROLLED_BACK");
			assertThat(refresh.path("reason").asString()).startsWith("Generation 4 served 95% of its works within ");
			assertThat(refresh.at("/comparison/after/serviceMicros").asLong()).isBetween(50_000L, 200_000L);
			assertServedBy(fleet, old);

			clients.end();
			JsonNode exits = fleet.state().at("/fleet/exitCounts");
			assertThat(exits.propertyNames()).containsExactly("ROLLED_BACK");
			assertThat(this.failed.keySet()).as("who answered with 500").isNotEmpty().doesNotContainAnyElementsOf(old);
		}
	}

	@Test
	void shouldCompleteGoodReleaseAlsoWhenDaemonIsKilledMeanwhile() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet(); Clients clients = new Clients(fleet.port())) {
			Path release = fleet.directory().resolve("release.properties");
			ForkedJvm daemon = start(fleet, release);
			Set<Long> old = new HashSet<>(fleet.workers("READY"));
			clients.start();
			clients.awaitAnswered(500);
			JsonNode refresh = refresh(fleet, "{\"bake\":\"15s\",\"canary\":1}", Duration.ofMinutes(2));
			assertThat(refresh.path("outcome").asString()).as("%s", refresh).isEqualTo("COMPLETED");
			assertThat(refresh.at("/comparison/after/requests").asLong()).isGreaterThan(100);
			assertThat(fleet.workers("READY")).hasSize(WORKERS).doesNotContainAnyElementsOf(old);
			clients.end();
			assertThat(this.failed).isEmpty();

			List<Long> second = fleet.workers("READY");
			assertThat(fleet.operate("refresh", "{\"bake\":\"20s\",\"batch\":2}").statusCode()).isEqualTo(200);
			Await.until(() -> fleet.state().at("/fleet/bake/leftMillis").isNumber());
			Await.until(() -> fleet.workers("QUIESCED").equals(second));
			daemon.kill();
			ForkedJvm next = start(fleet, release);
			Await.until(() -> next.requireAlive() && fleet.state().at("/fleet/bake/leftMillis").isNumber());
			Await.until(() -> fleet.workers("QUIESCED").equals(second));
			Await.until(() -> fleet.state().at("/fleet/lastRefresh/outcome").asString("").equals("COMPLETED"));
			Await.until(() -> fleet.managed().size() == WORKERS);
			assertThat(fleet.managed()).doesNotContainAnyElementsOf(second);
			assertThat(next.terminate()).isZero();
		}
	}

	@Test
	void shouldTakeBackReleaseWhoseHealthIsDownAlsoWhenDaemonIsKilledMeanwhile() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet(); Clients clients = new Clients(fleet.port())) {
			Path release = fleet.directory().resolve("release.properties");
			ForkedJvm daemon = start(fleet, release);
			List<Long> old = fleet.workers("READY");
			clients.start();
			clients.awaitAnswered(100);
			// More than any disk has
			Files.writeString(release, "management.health.diskspace.threshold=1000000TB");
			assertDown(refresh(fleet, "{\"bake\":\"2m\",\"batch\":2}", Duration.ofMinutes(2)));
			assertServedBy(fleet, old);
			clients.end();
			assertThat(this.failed).isEmpty();

			assertThat(fleet.operate("refresh", "{\"bake\":\"2m\",\"batch\":2}").statusCode()).isEqualTo(200);
			Await.until(() -> fleet.state().at("/fleet/bake/leftMillis").isNumber());
			Await.until(() -> fleet.workers("QUIESCED").equals(old));
			daemon.kill();
			ForkedJvm next = launch(fleet, release);
			Await.until(() -> next.requireAlive()
					&& fleet.state().at("/fleet/lastRefresh/outcome").asString("").equals("ROLLED_BACK"));
			assertDown(fleet.state().at("/fleet/lastRefresh"));
			assertServedBy(fleet, old);
			assertThat(next.terminate()).isZero();
		}
	}

	private static void assertDown(JsonNode refresh) {
		assertThat(refresh.path("outcome").asString()).as("%s", refresh).isEqualTo("ROLLED_BACK");
		assertThat(refresh.path("reason").asString()).contains("is not well", "diskSpace");
	}

	private static ForkedJvm start(ForkedFleet fleet, Path release) throws IOException {
		ForkedJvm daemon = launch(fleet, release);
		Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() >= WORKERS);
		return daemon;
	}

	private static ForkedJvm launch(ForkedFleet fleet, Path release) throws IOException {
		fleet.serving("web");
		return fleet.launchDaemon("--fdwork.daemon.fleet.min=" + WORKERS, "--fdwork.daemon.fleet.max=" + WORKERS,
				"--fdwork.daemon.fleet.cds-archive=false", "--spring.config.import=optional:file:" + release);
	}

	private static JsonNode refresh(ForkedFleet fleet, String body, Duration bake) throws IOException {
		int last = fleet.state().at("/fleet/lastRefresh/generation").asInt(1);
		assertThat(fleet.operate("refresh", body).statusCode()).isEqualTo(200);
		Await.until(() -> {
			JsonNode own = fleet.state().path("fleet");
			return own.at("/bake/comparison/after/requests").asLong() > 0
					|| own.at("/lastRefresh/generation").asInt(1) > last;
		});
		long first = System.nanoTime();
		Await.until(() -> fleet.state().at("/fleet/lastRefresh/generation").asInt(1) > last);
		JsonNode refresh = fleet.state().at("/fleet/lastRefresh");
		Duration time = Duration.ofNanos(System.nanoTime() - first);
		System.out.println("Over " + time.toMillis() + " ms after its first answer: " + refresh);
		assertThat(time).isLessThan(bake);
		return refresh;
	}

	/**
	 * Check that the workers serve again that were there before, and that nobody else is
	 * left.
	 */
	private static void assertServedBy(ForkedFleet fleet, List<Long> workers) {
		Await.until(() -> {
			JsonNode state = fleet.state();
			return ForkedFleet.workers(state, "READY").equals(workers) && state.path("workers").size() == WORKERS
					&& state.at("/fleet/draining").asInt() == 0;
		});
	}

	private Map<Long, Long> counts() {
		Map<Long, Long> counts = new ConcurrentHashMap<>();
		this.answered.forEach((pid, count) -> counts.put(pid, count.sum()));
		return counts;
	}

	private static long sum(Map<Long, Long> counts, Collection<Long> without) {
		return counts.entrySet()
			.stream()
			.filter((count) -> !without.contains(count.getKey()))
			.mapToLong(Map.Entry::getValue)
			.sum();
	}

	/**
	 * Send requests, to whichever worker, until this is closed.
	 */
	private final class Clients implements AutoCloseable {

		private final int port;

		private final ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);

		private final List<Future<Void>> clients = new ArrayList<>();

		Clients(int port) {
			this.port = port;
		}

		void start() {
			for (int i = 0; i < CLIENTS; i++) {
				this.clients.add(this.threads.submit(this::send));
			}
		}

		private Void send() throws IOException {
			while (BakeIT.this.stopped.getCount() > 0) {
				try (Connection connection = Client.connect(this.port)) {
					for (int i = 1; i <= REQUESTS_OF_CONNECTION; i++) {
						connection.send("GET", "/work?millis=20", "", i == REQUESTS_OF_CONNECTION);
						note(connection.read());
					}
				}
			}
			return null;
		}

		private void note(Response response) {
			long pid = Long.parseLong(response.text().strip());
			BakeIT.this.answered.computeIfAbsent(pid, (added) -> new LongAdder()).increment();
			if (response.status() != 200) {
				BakeIT.this.failed.computeIfAbsent(pid, (added) -> new LongAdder()).increment();
			}
		}

		/**
		 * Wait until so many more are answered, and throw what a client has noticed.
		 */
		void awaitAnswered(long more) {
			long target = sum(counts(), Set.of()) + more;
			Await.until(() -> {
				for (Future<Void> client : this.clients) {
					if (client.isDone()) {
						client.get();
					}
				}
				return sum(counts(), Set.of()) >= target;
			});
		}

		/**
		 * Stop, and throw what a client has noticed.
		 */
		void end() throws Exception {
			BakeIT.this.stopped.countDown();
			for (Future<Void> client : this.clients) {
				client.get();
			}
		}

		@Override
		public void close() {
			BakeIT.this.stopped.countDown();
			this.threads.shutdownNow();
		}

	}

}
