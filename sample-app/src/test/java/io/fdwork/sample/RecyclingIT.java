package io.fdwork.sample;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
 * What clients notice of workers that leak and are replaced.
 */
@Tag("long")
@Timeout(600)
class RecyclingIT {

	private static final int RECYCLED = 10;

	private static final int CONNECTIONS = 4;

	/**
	 * No connection is to end for the number of its requests, nor for the time between
	 * them on a slow machine.
	 */
	private static final String[] ARGUMENTS = { "--fdwork.daemon.fleet.min=2", "--fdwork.daemon.fleet.max=2",
			"--fdwork.daemon.fleet.cds-archive=false", "--fdwork.daemon.fleet.max-memory=320MB",
			"--fdwork.daemon.fleet.jvm-arguments=-Xmx2g,-XX:+UseSerialGC,-XX:TieredStopAtLevel=1,"
					+ "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED,--add-opens=java.base/java.io=ALL-UNNAMED",
			"--fdwork.daemon.idle-timeout=10m", "--server.tomcat.max-keep-alive-requests=-1",
			"--server.tomcat.keep-alive-timeout=10m", "--server.jetty.connection-idle-timeout=10m" };

	private final CountDownLatch stopped = new CountDownLatch(1);

	private final LongAdder answered = new LongAdder();

	private final Set<String> answeredBy = ConcurrentHashMap.newKeySet();

	@Test
	void shouldRecycleWorkersThatLeakWithoutAClientNoticing() throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.withoutArchive();
			ForkedJvm daemon = fleet.launchDaemon(LeakApplication.class, ARGUMENTS);
			Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() == 2);
			List<Future<Void>> clients = new ArrayList<>();
			for (int i = 0; i < CONNECTIONS; i++) {
				Connection connection = Client.connect(fleet.port());
				clients.add(threads.submit(() -> send(connection)));
			}
			for (int recycled = 1; recycled <= RECYCLED; recycled++) {
				int expected = recycled;
				Await.until(() -> {
					assertThat(clients).noneMatch(Future::isDone);
					return fleet.state().at("/fleet/exitCounts/RECYCLED").asInt() >= expected;
				});
			}
			this.stopped.countDown();
			for (Future<Void> client : clients) {
				// Throws what a client has noticed
				client.get();
			}
			JsonNode state = fleet.state();
			assertThat(state.at("/fleet/exitCounts").propertyNames()).containsExactly("RECYCLED");
			assertThat(state.at("/fleet/exits")).allSatisfy((exit) -> assertThat(exit.path("cause").asString())
				.contains("MB of memory resident", "fdwork.daemon.fleet.max-memory=320MB"));
			assertThat(state.at("/listeners/0/accepted").asLong()).as("connections").isEqualTo(CONNECTIONS);
			assertThat(this.answeredBy.size()).isGreaterThanOrEqualTo(RECYCLED);
			assertThat(this.answered.sum()).isPositive();
			assertThat(daemon.terminate()).isZero();
			assertThat(fleet.managed()).isEmpty();
		}
		finally {
			this.stopped.countDown();
			threads.shutdownNow();
		}
	}

	/**
	 * Send request after request on a connection that is never opened anew.
	 */
	private Void send(Connection connection) throws IOException {
		try (connection) {
			while (this.stopped.getCount() > 0) {
				connection.send("GET", "/leak", "", false);
				Response response = connection.read();
				assertThat(response.status()).isEqualTo(200);
				this.answeredBy.add(response.text().strip());
				this.answered.increment();
			}
			return null;
		}
	}

}
