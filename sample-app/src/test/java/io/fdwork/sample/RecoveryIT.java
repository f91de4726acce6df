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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What clients that keep their connections alive notice of workers that are killed, one
 * after the other: nothing, unless their request was being executed.
 */
@Tag("long")
@Timeout(900)
class RecoveryIT {

	private static final int KILLS = 10;

	private static final int WORKERS = 3;

	private static final int CLIENTS = 32;

	/**
	 * A worker may have read a request and not begun to execute it.
	 */
	private static final int JUST_READ = 2;

	private static final long SEED = 22;

	static List<String> servings() throws IOException {
		return (ServletIT.isServlet()) ? List.of("web") : List.of("web", "netty");
	}

	private final List<ForkedJvm> workers = new ArrayList<>();

	private final Random random = new Random(SEED);

	@ParameterizedTest
	@MethodSource("servings")
	void shouldEndNoConnectionThatIsIdleOrUnreadWhenWorkersAreKilled(String serving) throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			Path journals = fleet.directory().resolve("journals");
			fleet.serving(serving);
			ForkedJvm daemon = fleet.launchDaemon("--fdwork.daemon.idle-timeout=10m");
			while (this.workers.size() < WORKERS) {
				startWorker(fleet, journals);
			}
			awaitAnswersOfAll(fleet);
			int daemonBefore = daemon.descriptors();
			int workerBefore = this.workers.stream().mapToInt(RecoveryIT::descriptors).max().orElseThrow();
			List<Kill> kills = new ArrayList<>();
			Clients clients = new Clients(fleet.port());
			try (clients) {
				clients.awaitAnswered(10 * CLIENTS);
				for (int i = 0; i < KILLS; i++) {
					kills.add(kill(i % 2 == 0, clients));
					assertThat(Client.get(fleet.port(), "/pid")).as("a new client").isNotEmpty();
					clients.awaitAnswered(3 * CLIENTS);
					startWorker(fleet, journals);
					// The first requests of a worker wait for long between being read
					// and being executed
					awaitAnswersOfAll(fleet);
				}
			}
			Map<String, List<Long>> executed = ExecutedRequests.in(journals);
			assertThat(executed).as("executed twice")
				.noneSatisfy((name, pids) -> assertThat(pids).hasSizeGreaterThan(1));
			assertThat(executed).as("answered").containsKeys(clients.answered().toArray(String[]::new));
			assertOnlyExecutedRequestsAreLost(clients.losses(), kills, executed);
			JsonNode recovered = fleet.state().at("/recovery/connections");
			System.out.printf("%s: %d answered, %d ended with %d workers, %s%n", serving, clients.answered().size(),
					clients.losses().size(), KILLS, recovered);
			assertThat(recovered.path("HOME").asInt()).as("those that were idle").isPositive();
			assertThat(recovered.path("PUT_AGAIN").asInt()).as("those that were unread").isPositive();
			assertThat(recovered.path("LOST").asInt()).isGreaterThanOrEqualTo(clients.losses().size());
			Await.until(() -> fleet.state().at("/recovery/held").asInt(-1) == 0);
			Await.until(() -> daemon.descriptors() <= daemonBefore + 3);
			Await.until(() -> this.workers.stream().allMatch((worker) -> descriptors(worker) <= workerBefore + 5));
		}
	}

	private void startWorker(ForkedFleet fleet, Path journals) throws IOException {
		// Idle connections stay where they are, for as long as the client likes
		this.workers.add(fleet.startWorker("--sample.journal=" + journals, "--fdwork.worker.return-idle-after=0",
				"--server.tomcat.max-keep-alive-requests=-1", "--server.tomcat.keep-alive-timeout=10m",
				"--server.jetty.connection-idle-timeout=10m", "--server.netty.idle-timeout=10m"));
		fleet.awaitReady(this.workers.toArray(ForkedJvm[]::new));
	}

	// What a worker opens with its first request is open from then on
	private void awaitAnswersOfAll(ForkedFleet fleet) {
		List<String> pids = new ArrayList<>(
				this.workers.stream().map((worker) -> String.valueOf(worker.pid())).toList());
		Await.until(() -> {
			pids.remove(Client.get(fleet.port(), "/pid"));
			return pids.isEmpty();
		});
	}

	/**
	 * Kill a worker.
	 * @param stopFirst whether its clients send something before that nobody reads
	 */
	private Kill kill(boolean stopFirst, Clients clients) throws IOException {
		ForkedJvm victim = this.workers.remove(this.random.nextInt(this.workers.size()));
		long from = System.nanoTime();
		if (!stopFirst) {
			victim.kill();
			return new Kill(victim.pid(), from, System.nanoTime());
		}
		victim.signal("STOP");
		Kill kill = new Kill(victim.pid(), from, System.nanoTime());
		clients.awaitAnsweredOrWaiting(CLIENTS);
		victim.kill();
		return kill;
	}

	private static void assertOnlyExecutedRequestsAreLost(List<Loss> losses, List<Kill> kills,
			Map<String, List<Long>> executed) {
		List<Long> killed = kills.stream().map(Kill::pid).toList();
		int unexecuted = 0;
		for (Loss loss : losses) {
			assertThat(kills).as("%s may have been read by one that was killed", loss)
				.anyMatch((kill) -> loss.sentNanos() - kill.deafNanos() < 0 && loss.endNanos() - kill.fromNanos() > 0);
			List<Long> workers = executed.getOrDefault(loss.name(), List.of());
			assertThat(killed).as("those that executed %s", loss).containsAll(workers);
			unexecuted += (workers.isEmpty()) ? 1 : 0;
		}
		assertThat(unexecuted).as("those that were read, and not executed, of %s", losses)
			.isLessThanOrEqualTo(JUST_READ);
	}

	private static int descriptors(ForkedJvm process) {
		try {
			return process.descriptors();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * A worker that was killed.
	 *
	 * @param fromNanos until when it was certainly well
	 * @param deafNanos from when on it has certainly read nothing
	 */
	private record Kill(long pid, long fromNanos, long deafNanos) {
	}

	/**
	 * A request without an answer.
	 *
	 * @param name the name of the request
	 * @param sentNanos before it was sent
	 * @param endNanos when its client saw the end
	 */
	private record Loss(String name, long sentNanos, long endNanos) {
	}

	/**
	 * Clients that send one request after the other on a connection each, with a pause
	 * between them.
	 */
	private static final class Clients implements AutoCloseable {

		private static final int MAX_PAUSE_MILLIS = 300;

		private final int port;

		private final CountDownLatch stopped = new CountDownLatch(1);

		private final LongAdder count = new LongAdder();

		private final AtomicInteger waiting = new AtomicInteger();

		private final Queue<String> answered = new ConcurrentLinkedQueue<>();

		private final Queue<Loss> losses = new ConcurrentLinkedQueue<>();

		private final ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);

		private final List<Future<?>> clients = new ArrayList<>();

		Clients(int port) {
			this.port = port;
			for (int i = 0; i < CLIENTS; i++) {
				int number = i;
				this.clients.add(this.threads.submit(() -> {
					run(number);
					return null;
				}));
			}
		}

		private void run(int number) throws Exception {
			Random random = new Random(number);
			int requests = 0;
			while (this.stopped.getCount() > 0) {
				try (Connection connection = Client.connect(this.port)) {
					boolean open = true;
					while (open && this.stopped.getCount() > 0) {
						open = exchange(connection, number + "-" + requests++);
						this.stopped.await(random.nextInt(MAX_PAUSE_MILLIS), TimeUnit.MILLISECONDS);
					}
				}
			}
		}

		private boolean exchange(Connection connection, String name) {
			long sent = System.nanoTime();
			this.waiting.incrementAndGet();
			try {
				connection.send("GET", "/work?millis=20", "", false, Journal.NAME_HEADER + ": " + name);
				if (connection.read().status() != 200) {
					throw new IOException("Not answered");
				}
				this.answered.add(name);
				this.count.increment();
				return true;
			}
			catch (IOException ex) {
				this.losses.add(new Loss(name, sent, System.nanoTime()));
				return false;
			}
			finally {
				this.waiting.decrementAndGet();
			}
		}

		void awaitAnswered(int more) {
			long target = this.count.sum() + more;
			Await.until(() -> this.count.sum() >= target);
		}

		/**
		 * Wait also if all clients are with one worker, which does not answer.
		 */
		void awaitAnsweredOrWaiting(int more) {
			long target = this.count.sum() + more;
			Await.until(() -> this.count.sum() >= target || this.waiting.get() == CLIENTS);
		}

		List<String> answered() {
			return List.copyOf(this.answered);
		}

		List<Loss> losses() {
			return List.copyOf(this.losses);
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
