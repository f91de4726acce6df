package io.fdwork.sample;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a worker can do that writes what it likes into the table of the connections in
 * service.
 */
@Tag("long")
@Timeout(600)
class RogueWorkerIT {

	private static final int CONNECTIONS = 24;

	private static final int ROUNDS = 100;

	/**
	 * Few entries, so that each is written over all the time.
	 */
	private static final String ENTRIES = "--fdwork.daemon.recovery.max-connections=128";

	private static final Duration IMPATIENT = Duration.ofSeconds(5);

	private static final String REPLAY = "--fdwork.daemon.replay.methods=";

	private int number;

	private boolean exact = true;

	@Test
	void shouldEndNoConnectionThatAnotherWorkerServes() throws Exception {
		scribble("", (connection) -> assertThat(isEchoed(connection, 0)).as("echoed").isTrue());
	}

	/**
	 * It can write over what other workers read, as that goes through the journals: their
	 * connections may fail.
	 */
	@Test
	void shouldNotHarmDaemonWhenItWritesOverJournals() throws Exception {
		this.exact = false;
		scribble("GET", (connection) -> {
			if (!isEchoed(connection, 0)) {
				connection.close();
			}
		});
	}

	private void scribble(String replayed, Exchange onKept) throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			ForkedJvm daemon = fleet.launchDaemon(ENTRIES, REPLAY + replayed);
			// Idle connections stay there
			ForkedJvm good = fleet.startWorker("--fdwork.worker.return-idle-after=0", "--fdwork.worker.concurrency=64");
			fleet.awaitReady(good);
			assertThat(isServed(fleet, good)).isTrue();
			int descriptors = daemon.descriptors();
			List<Connection> kept = new ArrayList<>();
			for (int i = 0; i < CONNECTIONS; i++) {
				kept.add(connect(fleet));
				assertThat(isEchoed(kept.get(i), 0)).isTrue();
			}
			ForkedJvm rogue = fleet.startWorker(RogueApplication.class);
			fleet.awaitReady(good, rogue);
			Await.until(() -> rogue.log().contains("Scribbled over "));
			int served = 0;
			for (int i = 0; i < ROUNDS; i++) {
				for (Connection connection : kept) {
					onKept.perform(connection);
				}
				served += (isServed(fleet, rogue)) ? 1 : 0;
			}
			JsonNode recovery = fleet.state().path("recovery");
			System.out.println("Of " + ROUNDS + " new connections " + served + " were served; " + recovery);
			assertThat(recovery.path("damaged").asLong()).isPositive();
			rogue.kill();
			fleet.awaitReady(good);
			for (Connection connection : kept) {
				onKept.perform(connection);
				connection.close();
			}
			this.exact = true;
			for (int i = 0; i < ROUNDS; i++) {
				assertThat(isServed(fleet, good)).isTrue();
			}
			Await.until(() -> daemon.descriptors() <= descriptors);
			assertThat(daemon.log()).doesNotContain("Exception").doesNotContain(" ERROR ");
			assertThat(good.log()).doesNotContain(" ERROR ");
			assertThat(daemon.terminate()).isZero();
		}
	}

	/**
	 * Send something on a new connection, which ends with the answer.
	 * @param other another worker that may have it, which echoes nothing
	 */
	private boolean isServed(ForkedFleet fleet, ForkedJvm other) throws IOException {
		try (Connection connection = connect(fleet)) {
			return isEchoed(connection, other.pid());
		}
	}

	private Connection connect(ForkedFleet fleet) throws IOException {
		return new Connection(fleet.port(), (this.exact) ? Await.PATIENCE : IMPATIENT);
	}

	/**
	 * Return whether something is answered. What is answered must be right, and an answer
	 * or the end must come, if nobody writes over what workers read.
	 */
	private boolean isEchoed(Connection connection, long other) throws IOException {
		String body = "request " + ++this.number;
		String text;
		try {
			connection.send("POST", "/echo", body, other != 0);
			text = (connection.awaitAnswer()) ? connection.read().text() : null;
		}
		catch (SocketTimeoutException ex) {
			assertThat(this.exact).isFalse();
			return false;
		}
		catch (IOException ex) {
			return false;
		}
		boolean right = text != null && (text.equals(body) || text.startsWith(other + " "));
		assertThat(right || text == null || !this.exact).as("answered %s with %s", body, text).isTrue();
		return right;
	}

	private interface Exchange {

		void perform(Connection connection) throws IOException;

	}

}
