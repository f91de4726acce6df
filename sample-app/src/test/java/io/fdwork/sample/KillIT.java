package io.fdwork.sample;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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

	private static final String CONCURRENCY = "--fdwork.worker.concurrency=2";

	/**
	 * Idle connections stay where they are.
	 */
	private static final String STAY = "--fdwork.worker.return-idle-after=0";

	private static ForkedFleet fleet;

	private static ForkedJvm daemon;

	private static ForkedJvm victim;

	private static ForkedJvm survivor;

	@BeforeAll
	static void start() throws Exception {
		fleet = new ForkedFleet();
		daemon = fleet.launchDaemon();
		victim = fleet.startWorker(CONCURRENCY, STAY);
		survivor = fleet.startWorker(CONCURRENCY, STAY);
		fleet.awaitReady(victim, survivor);
	}

	@AfterAll
	static void stop() throws Exception {
		fleet.close();
	}

	@Test
	@Order(1)
	void shouldLoseOnlyWhatIsInItsHandsWhenWorkerIsKilled() throws Exception {
		List<Connection> idle = new ArrayList<>();
		Set<String> answeredBy = new HashSet<>();
		while (idle.size() < 20 || answeredBy.size() < 2) {
			Connection connection = Client.connect(fleet.port());
			idle.add(connection);
			answeredBy.add(get(connection));
		}
		Load load = new Load(fleet.port(), "/work?millis=20", 24);
		try (load) {
			load.awaitServed(50);
			// What half of them send is not read before it is killed
			victim.signal("STOP");
			List<Connection> unread = idle.subList(0, idle.size() / 2);
			send(unread);
			victim.kill();
			send(idle.subList(unread.size(), idle.size()));
			for (Connection connection : idle) {
				assertThat(connection.read().status()).isEqualTo(200);
				connection.close();
			}
			load.awaitServed(100);
		}
		assertThat(load.count(Fate.REFUSED)).isZero();
		assertThat(load.count(Fate.LOST)).isLessThanOrEqualTo(2);
		fleet.awaitReady(survivor);
		assertThat(fleet.management("/actuator/prometheus")).doesNotContain("pid=\"" + victim.pid() + "\"");
		Await.until(() -> fleet.depth() == 0);
	}

	private static String get(Connection connection) throws IOException {
		connection.send("GET", "/pid", "", false);
		return connection.read().text().strip();
	}

	private static void send(List<Connection> connections) throws IOException {
		for (Connection connection : connections) {
			connection.send("GET", "/pid", "", false);
		}
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
