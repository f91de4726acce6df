package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What clients notice of workers that are killed while they serve, if requests that may
 * be executed twice are replayed: nothing, unless a part of the answer was written.
 */
@Tag("long")
@Timeout(900)
@DisabledIf("io.fdwork.sample.ServletIT#isServlet")
class ReplayIT {

	private static final int KILLS = 6;

	private static final int WORKERS = 3;

	private static final int CLIENTS = 64;

	/**
	 * Which of the clients send what must not be executed twice.
	 */
	private static final int POSTS = 4;

	private static final long SEED = 22;

	private final List<ForkedJvm> workers = new ArrayList<>();

	private final Random random = new Random(SEED);

	@ParameterizedTest
	@ValueSource(strings = { "web", "netty" })
	void shouldAnswerWhatMayBeExecutedTwiceWhenWorkersAreKilled(String serving) throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			Path journals = fleet.directory().resolve("journals");
			fleet.serving(serving);
			ForkedJvm daemon = fleet.launchDaemon("--fdwork.daemon.idle-timeout=10m",
					"--fdwork.daemon.replay.methods=GET,HEAD");
			startWorkers(fleet, journals);
			Clients clients = new Clients(fleet.port());
			try (clients) {
				clients.awaitAnswered(20 * CLIENTS);
				for (int i = 0; i < KILLS; i++) {
					this.workers.remove(this.random.nextInt(this.workers.size())).kill();
					clients.awaitAnswered(3 * CLIENTS);
					startWorkers(fleet, journals);
				}
			}
			Map<String, List<Long>> executed = ExecutedRequests.in(journals);
			JsonNode fates = fleet.state().at("/recovery/connections");
			System.out.printf("%s: %d answered, %d failed, %s%n", serving, clients.answered.size(),
					clients.failures.size(), fates);
			assertThat(clients.failures).as("without a byte of the answer")
				.noneMatch((failure) -> failure.method().equals("GET") && !failure.answered());
			assertThat(clients.failures).as("POST in hand").anyMatch((failure) -> failure.method().equals("POST"));
			executed.forEach((name, pids) -> {
				assertThat(pids).as("executed %s", name).hasSizeLessThanOrEqualTo((name.startsWith("GET")) ? 2 : 1);
				assertThat(pids).as("executed %s", name).doesNotHaveDuplicates();
			});
			assertThat(executed).as("executed twice").anySatisfy((name, pids) -> assertThat(pids).hasSize(2));
			assertThat(executed).as("answered").containsKeys(clients.answered.toArray(String[]::new));
			assertThat(fates.path("REPLAYED").asInt()).isPositive();
			assertThat(fates.path("POISONED").asInt()).isZero();
			assertThat(daemon.log()).doesNotContain("ERROR");
			assertPoisonEnds(fleet, journals, daemon);
			Await.until(() -> fleet.state().at("/recovery/held").asInt(-1) == 0);
		}
	}

	/**
	 * A request that kills whoever executes it kills two.
	 */
	private void assertPoisonEnds(ForkedFleet fleet, Path journals, ForkedJvm daemon) throws IOException {
		try (Connection connection = Client.connect(fleet.port())) {
			connection.send("GET", "/halt?a=%22", "", false, Journal.NAME_HEADER + ": GET-poison");
			assertThat(isAnswered(connection)).isFalse();
		}
		assertThat(ExecutedRequests.in(journals).get("GET-poison")).hasSize(2).doesNotHaveDuplicates();
		Await.until(() -> fleet.workers("READY").size() == WORKERS - 2);
		assertThat(Client.get(fleet.port(), "/pid")).isNotEmpty();
		assertThat(fleet.state().at("/recovery/connections/POISONED").asInt()).isEqualTo(1);
		assertThat(daemon.log()).contains("\"GET /halt?a=%22 HTTP/1.1\"");
	}

	private static boolean isAnswered(Connection connection) {
		try {
			return connection.awaitAnswer();
		}
		catch (IOException ex) {
			return false;
		}
	}

	private void startWorkers(ForkedFleet fleet, Path journals) throws IOException {
		while (this.workers.size() < WORKERS) {
			this.workers.add(fleet.startWorker("--sample.journal=" + journals, "--sample.halt-enabled=true",
					"--server.netty.idle-timeout=10m"));
		}
		fleet.awaitReady(this.workers.toArray(ForkedJvm[]::new));
	}

	/**
	 * A request whose connection ended.
	 *
	 * @param answered whether a part of the answer had come
	 */
	private record Failure(String method, String name, boolean answered) {
	}

	/**
	 * Clients that send one request after the other on a connection each.
	 */
	private static final class Clients implements AutoCloseable {

		private final int port;

		private final CountDownLatch stopped = new CountDownLatch(1);

		private final LongAdder count = new LongAdder();

		private final Queue<String> answered = new ConcurrentLinkedQueue<>();

		private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();

		private final ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);

		private final List<Future<?>> clients = new ArrayList<>();

		Clients(int port) {
			this.port = port;
			for (int i = 0; i < CLIENTS; i++) {
				int number = i;
				this.clients.add(this.threads.submit(() -> {
					run((number % POSTS == 0) ? "POST" : "GET", number);
					return null;
				}));
			}
		}

		private void run(String method, int number) throws Exception {
			int requests = 0;
			while (this.stopped.getCount() > 0) {
				try (Connection connection = Client.connect(this.port)) {
					boolean open = true;
					while (open && this.stopped.getCount() > 0) {
						open = exchange(connection, method, method + "-" + number + "-" + requests++);
					}
				}
			}
		}

		private boolean exchange(Connection connection, String method, String name) {
			boolean begun = false;
			try {
				connection.send(method, (method.equals("GET")) ? "/work?millis=20" : "/echo?millis=20", "", false,
						Journal.NAME_HEADER + ": " + name);
				begun = connection.awaitAnswer();
				if (!begun || connection.read().status() != 200) {
					throw new IOException("Not answered");
				}
				this.answered.add(name);
				this.count.increment();
				return true;
			}
			catch (IOException ex) {
				this.failures.add(new Failure(method, name, begun));
				return false;
			}
		}

		void awaitAnswered(int more) {
			long target = this.count.sum() + more;
			Await.until(() -> this.count.sum() >= target);
		}

		@Override
		public void close() throws Exception {
			this.stopped.countDown();
			this.threads.shutdown();
			for (Future<?> client : this.clients) {
				client.get();
			}
		}

	}

}
