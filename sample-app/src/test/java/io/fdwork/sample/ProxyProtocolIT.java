package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import io.fdwork.sample.fixture.Ports;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * A real HAProxy in front of the daemon, which says whose connections it passes on.
 */
@Tag("long")
@Timeout(600)
class ProxyProtocolIT {

	/**
	 * With looks whether the daemon is well, which say that they are its own.
	 */
	private static final String CONFIGURATION = """
			defaults
				mode tcp
				timeout connect 10s
				timeout client 1m
				timeout server 1m
			listen v1
				bind 127.0.0.1:%2$d
				server daemon 127.0.0.1:%1$d send-proxy check inter 100
			listen v2
				bind 127.0.0.1:%3$d
				server daemon 127.0.0.1:%1$d send-proxy-v2 check inter 100
			""";

	private static final int REQUESTS = 20;

	@Test
	void shouldKnowTheClientsOfBalancer() throws Exception {
		Path program = Haproxy.program();
		assumeThat(program).as("there is an HAProxy, or its package can be had").isNotNull();
		try (ForkedFleet fleet = new ForkedFleet()) {
			Path journal = fleet.directory().resolve("journal");
			fleet.serving("web");
			fleet.launchDaemon("--fdwork.daemon.listeners[0].proxy-protocol=any",
					"--fdwork.daemon.listeners[0].proxy-protocol-from=127.0.0.1");
			ForkedJvm worker = fleet.startWorker("--sample.journal=" + journal,
					"--fdwork.worker.return-idle-after=50ms");
			fleet.awaitReady(worker);
			List<Integer> ports = List.of(Ports.free(), Ports.free());
			try (Haproxy haproxy = new Haproxy(program, fleet.directory(),
					CONFIGURATION.formatted(fleet.port(), ports.get(0), ports.get(1)))) {
				ports.forEach(haproxy::awaitListening);
				for (int port : ports) {
					assertKnown(fleet, worker, journal, port);
				}
				assertThat(fleet.state().at("/listeners/0/state").asString()).isEqualTo("LISTENING");
				assertThat(fleet.management("/actuator/metrics/fdwork.listener.refused"))
					.contains("\"statistic\":\"COUNT\",\"value\":0.0");
				assertRefused(fleet);
			}
		}
	}

	private static void assertKnown(ForkedFleet fleet, ForkedJvm worker, Path journal, int port) throws IOException {
		Set<Integer> clients = new TreeSet<>();
		for (int i = 0; i < REQUESTS; i++) {
			try (Connection connection = Client.connect(port)) {
				clients.add(connection.localPort());
				assertThat(ask(connection)).isEqualTo(String.valueOf(worker.pid()));
				if (i == 0) {
					Await.until(() -> fleet.state().at("/idle/0/held").asInt() == 1);
					int before = count(journal, worker, connection.localPort());
					assertThat(ask(connection)).isEqualTo(String.valueOf(worker.pid()));
					assertThat(count(journal, worker, connection.localPort())).as("from home").isEqualTo(before + 1);
				}
			}
		}
		for (int client : clients) {
			assertThat(count(journal, worker, client)).as("works of port " + client).isPositive();
		}
	}

	private static String ask(Connection connection) throws IOException {
		connection.send("GET", "/pid", "", false);
		return connection.read().text().strip();
	}

	private static int count(Path journal, ForkedJvm worker, int port) throws IOException {
		return (int) Files.readAllLines(journal.resolve(worker.pid() + ".journal"))
			.stream()
			.filter((line) -> line.contains(" GOT ") && line.split(" ")[3].equals(String.valueOf(port)))
			.count();
	}

	private static void assertRefused(ForkedFleet fleet) throws IOException {
		try (Connection direct = Client.connect(fleet.port())) {
			direct.send("GET", "/pid", "", true);
			assertThat(isEnded(direct)).isTrue();
		}
		Await.until(() -> fleet.management("/actuator/metrics/fdwork.listener.refused?tag=cause:missing")
			.contains("\"value\":1.0"));
	}

	private static boolean isEnded(Connection connection) {
		try {
			return connection.readByte() < 0;
		}
		catch (IOException ex) {
			// Reset, as nobody has read what was sent
			return true;
		}
	}

}
