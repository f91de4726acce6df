package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import io.fdwork.sample.fixture.Ports;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Two hosts behind a real HAProxy with the configuration of the documentation, which are
 * restarted one after the other. They share a loopback interface, and differ in their
 * ports.
 */
@Tag("long")
@Timeout(600)
class SeveralHostsIT {

	private static final Path CONFIGURATION = Path.of("..", "docs", "src", "docs", "asciidoc", "hosts", "haproxy.cfg");

	private static final String[] ARGUMENTS = { "--fdwork.daemon.listeners[0].proxy-protocol=v2",
			"--fdwork.daemon.listeners[0].proxy-protocol-from=127.0.0.1", "--fdwork.daemon.stop-delay=8s",
			"--fdwork.daemon.fleet.min=1", "--fdwork.daemon.fleet.max=1", "--fdwork.daemon.fleet.cds-archive=false",
			// Clients are at home while they think
			"--fdwork.worker.return-idle-after=100ms" };

	private static final int CLIENTS = 80;

	private static final Duration THINK_TIME = Duration.ofSeconds(2);

	@Test
	void shouldFailNoRequestWhenHostsAreRestartedOneAfterTheOther() throws Exception {
		Path program = Haproxy.program();
		assumeThat(program).as("there is an HAProxy, or its package can be had").isNotNull();
		int port = Ports.free();
		try (ForkedFleet one = new ForkedFleet(); ForkedFleet two = new ForkedFleet()) {
			ForkedJvm first = one.launchDaemon(ClientsApplication.class, ARGUMENTS);
			ForkedJvm second = two.launchDaemon(ClientsApplication.class, ARGUMENTS);
			awaitReady(one, first);
			awaitReady(two, second);
			try (Haproxy haproxy = new Haproxy(program, one.directory(), configuration(port, one, two))) {
				haproxy.awaitListening(port);
				try (ThoughtfulClients clients = new ThoughtfulClients(port, CLIENTS, THINK_TIME)) {
					clients.awaitAnsweredBy(one.workers("READY"), CLIENTS);
					clients.awaitAnsweredBy(two.workers("READY"), CLIENTS);
					assertThat(clients.toldToClose()).isZero();
					restart(one, first, clients);
					long told = clients.toldToClose();
					assertThat(told).as("clients that were told to go elsewhere").isPositive();
					restart(two, second, clients);
					assertThat(clients.toldToClose()).isGreaterThan(told);
					assertThat(clients.failures()).isEmpty();
				}
			}
		}
	}

	/**
	 * And wait until it serves again, before the other one is restarted.
	 */
	private static void restart(ForkedFleet host, ForkedJvm daemon, ThoughtfulClients clients) throws IOException {
		assertThat(daemon.terminate()).isZero();
		awaitReady(host, host.launchDaemon(ClientsApplication.class, ARGUMENTS));
		List<Long> workers = host.workers("READY");
		clients.awaitAnsweredBy(workers, CLIENTS);
	}

	private static void awaitReady(ForkedFleet host, ForkedJvm daemon) {
		Await.until(() -> daemon.requireAlive() && host.workers("READY").size() == 1);
	}

	private static String configuration(int port, ForkedFleet one, ForkedFleet two) throws IOException {
		return Files.readString(CONFIGURATION)
			.replace("192.0.2.10:80\n", "127.0.0.1:" + port + "\n")
			.replace("192.0.2.11:8080 port 9090", "127.0.0.1:" + one.port() + " port " + one.managementPort())
			.replace("192.0.2.12:8080 port 9090", "127.0.0.1:" + two.port() + " port " + two.managementPort());
	}

}
