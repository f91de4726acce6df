package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIf;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Clients that leave while their requests wait for workers.
 */
@Tag("long")
@DisabledIf(value = "io.fdwork.sample.ServletIT#isServlet",
		disabledReason = "The modules with Tomcat and Jetty have no Netty pipeline")
@Timeout(600)
class DepartedClientsIT {

	private static final int OF_EACH = 25;

	@Test
	void shouldServeNobodyWhoHasLeftWhileWorkersWereQuiesced() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.launchDaemon();
			ForkedJvm netty = fleet.startWorker("--sample.journal=" + journal(fleet));
			Clients clients = leaveWhileQuiesced(fleet, netty);
			assertThat(awaitGot(fleet, netty, 2 * OF_EACH)).isEqualTo(clients.ports(clients.waiting, clients.closed));
			netty.terminate();
			fleet.serving("web");
			ForkedJvm web = fleet.startWorker("--sample.journal=" + journal(fleet),
					"--fdwork.worker.departed-clients=closed");
			clients = leaveWhileQuiesced(fleet, web);
			assertThat(awaitGot(fleet, web, 3 * OF_EACH)).isEqualTo(clients.ports(clients.waiting));
		}
	}

	private static Path journal(ForkedFleet fleet) {
		return fleet.directory().resolve("journal");
	}

	private static Clients leaveWhileQuiesced(ForkedFleet fleet, ForkedJvm worker) throws IOException {
		fleet.awaitReady(worker);
		fleet.operate("quiesce", null);
		Await.until(() -> fleet.workers("QUIESCED").equals(List.of(worker.pid())));
		Clients clients = new Clients(fleet.port());
		Await.until(() -> fleet.depth() == 4 * OF_EACH);
		clients.leave();
		fleet.operate("resume", null);
		for (Connection waiting : clients.waiting) {
			assertThat(waiting.read().text().strip()).isEqualTo(String.valueOf(worker.pid()));
			waiting.close();
		}
		return clients;
	}

	/**
	 * Wait until all have ended, and return the ports of those that somebody has served.
	 */
	private static Set<Integer> awaitGot(ForkedFleet fleet, ForkedJvm worker, int departed) throws IOException {
		Await.until(() -> fleet.state().at("/workers/0/ended/DEPARTED").asInt() == departed);
		Await.until(() -> fleet.state().at("/workers/0/active").asInt() == 0);
		assertThat(fleet.state().at("/workers/0/ended/SERVED").asInt()).isEqualTo(4 * OF_EACH - departed);
		assertThat(fleet.state().at("/workers/0/busy").asInt()).isZero();
		Set<Integer> ports = new TreeSet<>();
		for (String line : Files.readAllLines(journal(fleet).resolve(worker.pid() + ".journal"))) {
			ports.add(Integer.valueOf(line.split(" ")[3]));
		}
		return ports;
	}

	/**
	 * Clients that wait, and such that do not.
	 */
	private static final class Clients {

		private final List<Connection> waiting;

		private final List<Connection> closed;

		private final List<Connection> reset;

		private final List<Connection> silent;

		Clients(int port) throws IOException {
			this.waiting = connect(port, true);
			this.closed = connect(port, true);
			this.reset = connect(port, true);
			this.silent = connect(port, false);
		}

		private static List<Connection> connect(int port, boolean request) throws IOException {
			List<Connection> connections = new ArrayList<>();
			for (int i = 0; i < OF_EACH; i++) {
				Connection connection = Client.connect(port);
				connections.add(connection);
				if (request) {
					connection.send("GET", "/pid", "", true);
				}
			}
			return connections;
		}

		void leave() throws IOException {
			for (int i = 0; i < OF_EACH; i++) {
				this.closed.get(i).close();
				this.reset.get(i).reset();
				this.silent.get(i).close();
			}
		}

		@SafeVarargs
		final Set<Integer> ports(List<Connection>... of) {
			Set<Integer> ports = new TreeSet<>();
			for (List<Connection> connections : of) {
				connections.forEach((connection) -> ports.add(connection.localPort()));
			}
			return ports;
		}

	}

}
