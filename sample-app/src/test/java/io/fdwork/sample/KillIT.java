package io.fdwork.sample;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.Client.Fate;
import io.fdwork.sample.fixture.Client.Load;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a kill loses, and what it does not. The processes of a test are those that the one
 * before has left.
 */
@Timeout(600)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class KillIT {

	private static final int FIRST = 0;

	private static final String CONCURRENCY = "--fdwork.worker.concurrency=2";

	private static ForkedFleet fleet;

	private static ForkedJvm daemon;

	private static ForkedJvm victim;

	private static ForkedJvm survivor;

	@BeforeAll
	static void start() throws Exception {
		fleet = new ForkedFleet();
		daemon = fleet.launchDaemon();
		victim = fleet.startWorker(CONCURRENCY);
		survivor = fleet.startWorker(CONCURRENCY);
		fleet.awaitReady(victim, survivor);
	}

	@AfterAll
	static void stop() throws Exception {
		fleet.close();
	}

	@Test
	@Order(FIRST)
	void shouldEndNoConnectionThatIsIdleOrUnreadWhenWorkerIsKilled() throws Exception {
		// Idle connections stay there
		ForkedJvm holder = fleet.startWorker("--fdwork.worker.return-idle-after=0");
		fleet.awaitReady(victim, survivor, holder);
		List<Connection> all = new ArrayList<>();
		List<Connection> held = new ArrayList<>();
		while (held.size() < 6) {
			Connection connection = Client.connect(fleet.port());
			all.add(connection);
			connection.send("GET", "/pid", "", false);
			if (connection.read().text().strip().equals(String.valueOf(holder.pid()))) {
				held.add(connection);
			}
		}
		holder.signal("STOP");
		sendAll(held.subList(0, 3));
		holder.kill();
		sendAll(held.subList(3, 6));
		for (Connection connection : held) {
			assertThat(connection.read().text().strip()).isIn(String.valueOf(victim.pid()),
					String.valueOf(survivor.pid()));
		}
		for (Connection connection : all) {
			connection.close();
		}
		fleet.awaitReady(victim, survivor);
	}

	private static void sendAll(List<Connection> connections) throws IOException {
		for (Connection connection : connections) {
			connection.send("GET", "/pid", "", false);
		}
	}

	@Test
	@Order(1)
	void shouldLoseOnlyWhatIsInItsHandsWhenWorkerIsKilled() throws Exception {
		Load load = new Load(fleet.port(), "/work?millis=20", 24);
		try (load) {
			load.awaitServed(50);
			victim.kill();
			load.awaitServed(100);
		}
		assertThat(load.count(Fate.REFUSED)).isZero();
		assertThat(load.count(Fate.LOST)).isLessThanOrEqualTo(2);
		fleet.awaitReady(survivor);
		assertThat(fleet.management("/actuator/prometheus")).doesNotContain("pid=\"" + victim.pid() + "\"");
		Await.until(() -> fleet.depth() == 0);
	}

	@Test
	@Order(2)
	void shouldAnswerQueuedConnectionsAndReconnectWhenDaemonIsKilled() throws Exception {
		long before = put();
		List<Future<String>> answers = Client.getAll(fleet.port(), "/work?millis=200", 20);
		Await.until(() -> put() == before + 20);
		daemon.kill();
		for (Future<String> answer : answers) {
			assertThat(answer.get()).isEqualTo(String.valueOf(survivor.pid()));
		}

		// The socket file of the killed daemon is no obstacle
		daemon = fleet.launchDaemon();
		fleet.awaitReady(survivor);
		assertThat(Client.get(fleet.port(), "/pid")).isEqualTo(String.valueOf(survivor.pid()));
		assertThat(survivor.log()).contains("The daemon has gone");
	}

	private static long put() {
		return fleet.state().at("/queues/0/put").asLong(-1);
	}

	@Test
	@Order(3)
	void shouldFailNothingAndExitWithZeroWhenProcessesAreTerminated() throws Exception {
		ForkedJvm other = fleet.startWorker();
		fleet.awaitReady(survivor, other);
		Load load = new Load(fleet.port(), "/work?millis=30", 16);
		try (load) {
			load.awaitServed(50);
			assertThat(other.terminate()).isZero();
			load.awaitServed(50);
		}
		assertThat(load.count(Fate.REFUSED)).isZero();
		assertThat(load.count(Fate.LOST)).isZero();
		fleet.awaitReady(survivor);
		assertThat(daemon.log()).contains("has left: bye: stopped");

		assertThat(daemon.terminate()).isZero();
		assertThat(survivor.terminate()).isZero();
	}

}
