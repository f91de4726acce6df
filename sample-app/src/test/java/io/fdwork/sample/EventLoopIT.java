package io.fdwork.sample;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What clients notice of handlers that block event loops of Reactor Netty.
 */
@Timeout(600)
class EventLoopIT {

	private static final String EVENT_LOOPS = "-Dreactor.netty.ioWorkerCount=4";

	private static final int REQUESTS = 100;

	/**
	 * A machine that others use too takes its time, but not that of the handler.
	 */
	private static final Duration OWN_TIME = Duration.ofSeconds(10);

	private static final String BLOCK = "/sleep?millis=60000";

	@Test
	void shouldGiveNoConnectionToEventLoopThatIsBlocked() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			fleet.launchDaemon();
			ForkedJvm worker = fleet.startWorkerWith(EVENT_LOOPS, SampleApplication.class);
			fleet.awaitReady(worker);
			Client.getAll(fleet.port(), "/pid", REQUESTS).forEach(EventLoopIT::join);
			List<Connection> blocking = new ArrayList<>();
			try {
				block(fleet, blocking, 2);
				assertAnswered(fleet);
				block(fleet, blocking, 3);
				assertAnswered(fleet);
				block(fleet, blocking, 4);
				// No permit is of use any more: the fleet would grow
				Await.until(() -> fleet.state().at("/workers/0/busy").asInt(-1) == fleet.state()
					.at("/workers/0/concurrency")
					.asInt());
				ForkedJvm other = fleet.startWorkerWith(EVENT_LOOPS, SampleApplication.class);
				fleet.awaitReady(worker, other);
				assertAnswered(fleet);
			}
			finally {
				for (Connection connection : blocking) {
					connection.close();
				}
			}
		}
	}

	private static void block(ForkedFleet fleet, List<Connection> blocking, int count) throws Exception {
		while (blocking.size() < count) {
			Connection connection = Client.connect(fleet.port());
			connection.send("GET", BLOCK, "", false);
			blocking.add(connection);
		}
		Await.until(() -> fleet.state().at("/workers/0/busy").asInt(-1) >= count);
	}

	private static void assertAnswered(ForkedFleet fleet) {
		long start = System.nanoTime();
		List<Future<String>> answers = Client.getAll(fleet.port(), "/pid", REQUESTS);
		answers.forEach(EventLoopIT::join);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(OWN_TIME);
	}

	private static String join(Future<String> answer) {
		try {
			return answer.get();
		}
		catch (Exception ex) {
			throw new AssertionError(ex);
		}
	}

}
