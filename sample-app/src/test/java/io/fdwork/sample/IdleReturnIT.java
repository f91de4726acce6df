package io.fdwork.sample;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

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
 * What becomes of connections that are kept alive when their workers come and go.
 */
@Timeout(600)
class IdleReturnIT {

	private static final int CONNECTIONS = 500;

	private static final Duration MINUTE_AND_MORE = Duration.ofSeconds(65);

	/**
	 * On a busy machine a JVM may need longer to start than the default allows.
	 */
	private static final String PATIENT = "--fdwork.daemon.idle-timeout=10m";

	@Test
	void shouldCloseNoConnectionWhenWorkersAreReplaced() throws Exception {
		replaceWorkers(ForkedFleet::startWorker);
	}

	@Test
	@Tag("long")
	void shouldCloseNoConnectionWhenWebFluxWorkersAreReplaced() throws Exception {
		replaceWorkers((fleet) -> fleet.startWorker(FluxApplication.class));
	}

	private static void replaceWorkers(Starter starter) throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.launchDaemon(PATIENT);
			ForkedJvm first = starter.start(fleet);
			ForkedJvm second = starter.start(fleet);
			fleet.awaitReady(first, second);
			List<Connection> idle = IdleConnections.connect(fleet, 20);
			Set<String> answeredBy = new HashSet<>();
			try (KeptAlive load = new KeptAlive(fleet.port(), 8)) {
				load.awaitAnswered(100);
				ForkedJvm third = starter.start(fleet);
				fleet.awaitReady(first, second, third);
				assertThat(first.terminate()).isZero();
				load.awaitAnswered(100);
				assertThat(second.terminate()).isZero();
				load.awaitAnswered(100);
				for (Connection connection : idle) {
					answeredBy.add(IdleConnections.get(connection));
				}
				assertThat(answeredBy).containsExactly(String.valueOf(third.pid()));
				load.stop();
				assertThat(load.closed()).as("connections that the server closed").isZero();
			}
			IdleConnections.close(idle);
		}
	}

	@Test
	@Tag("long")
	void shouldHoldIdleConnectionsInDaemonAndServeThemOnWhenItIsKilled() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			ForkedJvm daemon = fleet.launchDaemon(PATIENT);
			ForkedJvm first = fleet.startWorker("--fdwork.worker.return-idle-after=500ms");
			ForkedJvm second = fleet.startWorker("--fdwork.worker.return-idle-after=500ms");
			fleet.awaitReady(first, second);
			get(fleet);
			int firstBefore = first.descriptors();
			int secondBefore = second.descriptors();
			List<Connection> connections = IdleConnections.connect(fleet, CONNECTIONS);
			Await.until(() -> IdleConnections.atHome(fleet).path("held").asInt() == CONNECTIONS);
			Await.until(() -> active(fleet) == 0);
			// A spare of each is where it came from
			Await.until(
					() -> first.descriptors() + second.descriptors() <= firstBefore + secondBefore + CONNECTIONS + 6);
			// By another worker than before
			first.kill();
			fleet.awaitReady(second);
			for (Connection connection : connections) {
				assertThat(IdleConnections.get(connection)).isEqualTo(String.valueOf(second.pid()));
			}
			assertThat(fleet.management("/actuator/prometheus"))
				.contains("fdwork_idle_ended_total{end=\"resumed\",queue=\"default\"} " + CONNECTIONS + ".0");

			for (int i = 0; i < 2; i++) {
				Await.until(() -> IdleConnections.atHome(fleet).path("held").asInt() == CONNECTIONS);
				daemon.kill();
				for (Connection connection : connections) {
					assertThat(IdleConnections.get(connection)).as("without a daemon")
						.isEqualTo(String.valueOf(second.pid()));
				}
				daemon = fleet.launchDaemon(PATIENT);
				fleet.awaitReady(second);
			}
			for (Connection connection : connections) {
				assertThat(IdleConnections.get(connection)).isEqualTo(String.valueOf(second.pid()));
			}
			IdleConnections.close(connections);
			Await.until(() -> second.descriptors() <= secondBefore + 6);
		}
	}

	@Test
	@Tag("long")
	void shouldKeepWhatServerPromisesOfConnections() throws Exception {
		String[] promises = { "--fdwork.worker.return-idle-after=200ms", "--server.netty.max-keep-alive-requests=4" };
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			fleet.launchDaemon();
			ForkedJvm first = fleet.startWorker(promises);
			fleet.awaitReady(first);
			List<Connection> connections = IdleConnections.connect(fleet, 2);
			Connection counted = connections.get(0);
			assertThat(IdleConnections.get(counted)).isEqualTo(String.valueOf(first.pid()));
			Await.until(() -> IdleConnections.atHome(fleet).path("held").asInt() == 2);
			long idleSince = System.nanoTime();
			assertThat(first.terminate()).isZero();
			ForkedJvm second = fleet.startWorker(promises);
			fleet.awaitReady(second);
			// Longer than the minute of a server of which nothing is known
			Await.until(() -> System.nanoTime() - idleSince > MINUTE_AND_MORE.toNanos());
			assertThat(IdleConnections.atHome(fleet).path("held").asInt()).as("alone, they are never closed")
				.isEqualTo(2);
			for (Connection connection : connections) {
				assertThat(IdleConnections.get(connection)).isEqualTo(String.valueOf(second.pid()));
			}
			Await.until(() -> IdleConnections.atHome(fleet).path("held").asInt() == 2);
			assertThat(IdleConnections.get(counted)).as("the fourth request").isEqualTo(String.valueOf(second.pid()));
			assertThat(counted.readByte()).as("the last one that is allowed").isEqualTo(-1);
			IdleConnections.close(connections);
		}
	}

	private static void get(ForkedFleet fleet) throws IOException {
		Client.get(fleet.port(), "/pid");
	}

	private static int active(ForkedFleet fleet) {
		int active = 0;
		for (JsonNode worker : fleet.state().path("workers")) {
			active += worker.path("active").asInt();
		}
		return active;
	}

	/**
	 * Starts a worker.
	 */
	private interface Starter {

		ForkedJvm start(ForkedFleet fleet) throws IOException;

	}

	/**
	 * Sends request after request on connections that it never closes before it is
	 * stopped.
	 */
	static final class KeptAlive implements AutoCloseable {

		private static final Duration THINK_TIME = Duration.ofMillis(2);

		private final CountDownLatch stopped = new CountDownLatch(1);

		private final LongAdder answered = new LongAdder();

		private final LongAdder closed = new LongAdder();

		private final ExecutorService executor;

		private final List<Future<Void>> clients = new ArrayList<>();

		KeptAlive(int port, int connections) {
			this.executor = Executors.newFixedThreadPool(connections);
			for (int i = 0; i < connections; i++) {
				this.clients.add(this.executor.submit(() -> {
					while (this.stopped.getCount() > 0) {
						sendUntilClosed(port);
					}
					return null;
				}));
			}
		}

		private void sendUntilClosed(int port) throws Exception {
			try (Connection connection = Client.connect(port)) {
				while (this.stopped.getCount() > 0) {
					try {
						IdleConnections.get(connection);
					}
					catch (IOException ex) {
						this.closed.increment();
						return;
					}
					this.answered.increment();
					// Leaves something to the worker that is being started
					this.stopped.await(THINK_TIME.toMillis(), TimeUnit.MILLISECONDS);
				}
			}
		}

		void awaitAnswered(long more) {
			long target = this.answered.sum() + more;
			Await.until(() -> this.answered.sum() >= target);
		}

		long closed() {
			return this.closed.sum();
		}

		void stop() throws Exception {
			this.stopped.countDown();
			for (Future<Void> client : this.clients) {
				client.get();
			}
		}

		@Override
		public void close() {
			this.stopped.countDown();
			this.executor.shutdown();
		}

	}

}
