package io.fdwork.sample;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Fate;
import io.fdwork.sample.fixture.Client.Load;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the death and the upgrade of a daemon cost its clients: time, and nothing else.
 */
@Timeout(600)
class EscrowIT {

	private static final String KEEP = "--fdwork.daemon.keep-listeners-on-stop=true";

	@Test
	@Tag("long")
	void shouldRefuseNobodyWhenDaemonIsKilledAgainAndAgain() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			ForkedJvm daemon = fleet.launchDaemon();
			ForkedJvm first = fleet.startWorker();
			ForkedJvm second = fleet.startWorker();
			fleet.awaitReady(first, second);
			awaitKept(fleet, 2);
			int descriptors = second.descriptors();
			int kills = 3;
			Load load = new Load(fleet.port(), "/work?millis=5", 8);
			try (load) {
				for (int i = 0; i < kills; i++) {
					load.awaitServed(50);
					daemon.kill();
					if (i == kills - 1) {
						// Any survivor will do. It has nothing of the next clients in its
						// hands
						first.kill();
					}
					List<Future<String>> waiting = Client.getAll(fleet.port(), "/pid", 20);
					daemon = fleet.launchDaemon();
					for (Future<String> answer : waiting) {
						assertThat(answer.get()).as("answered after the restart").isNotEmpty();
					}
				}
				load.awaitServed(50);
			}
			assertThat(load.count(Fate.REFUSED)).isZero();
			// One for each kill may be in the hands of the
			// daemon, and those of the killed worker
			assertThat(load.count(Fate.LOST)).isLessThanOrEqualTo(kills + 8);
			fleet.awaitReady(second);
			awaitKept(fleet, 1);
			JsonNode state = fleet.state();
			assertThat(state.at("/listeners/0/givenBackBy").asLong()).isEqualTo(second.pid());
			assertThat(daemon.log()).contains("Adopted the listener");
			Await.until(() -> second.descriptors() <= descriptors + 2);

			// The port is free, though a worker that the daemon has not started lives on
			assertThat(daemon.terminate()).isZero();
			assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> Client.get(fleet.port(), "/pid"));
			try (ServerSocket next = new ServerSocket()) {
				// Connections that were served are in TIME_WAIT
				next.setReuseAddress(true);
				next.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), fleet.port()));
			}
			assertThat(second.requireAlive()).isTrue();
		}
	}

	@Test
	void shouldFailNothingWhenDaemonIsUpgraded() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			ForkedJvm daemon = startDaemon(fleet, KEEP);
			List<Long> workers = fleet.workers("READY");
			awaitKept(fleet, 2);
			Load load = new Load(fleet.port(), "/work?millis=5", 8);
			try (load) {
				load.awaitServed(100);
				assertThat(daemon.terminate()).isZero();
				assertThat(workers).allMatch((pid) -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent());
				daemon = startDaemon(fleet, KEEP);
				load.awaitServed(100);
				assertThat(fleet.workers("READY")).isEqualTo(workers);
				assertThat(fleet.managed()).containsExactlyInAnyOrderElementsOf(workers);
			}
			assertThat(load.count(Fate.REFUSED)).isZero();
			assertThat(load.count(Fate.LOST)).isZero();

			// A daemon of another configuration, after a kill
			awaitKept(fleet, 2);
			daemon.kill();
			Client.connect(fleet.port()).close();
			int before = fleet.port();
			fleet.changePort();
			daemon = startDaemon(fleet);
			assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> Client.get(before, "/pid"));
			assertThat(workers).contains(Long.valueOf(Client.get(fleet.port(), "/pid")));
			assertThat(daemon.terminate()).isZero();
			assertThat(fleet.managed()).isEmpty();
			assertThat(workers).noneMatch((pid) -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent());
		}
	}

	private static ForkedJvm startDaemon(ForkedFleet fleet, String... arguments) throws IOException {
		List<String> all = new ArrayList<>(List.of("--fdwork.daemon.fleet.min=2", "--fdwork.daemon.fleet.max=2",
				"--fdwork.daemon.fleet.cds-archive=false", "--fdwork.daemon.fleet.output=file"));
		all.addAll(List.of(arguments));
		ForkedJvm daemon = fleet.startDaemon(all.toArray(String[]::new));
		Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() == 2);
		return daemon;
	}

	private static void awaitKept(ForkedFleet fleet, int workers) {
		Await.until(() -> {
			int count = 0;
			for (JsonNode worker : fleet.state().path("workers")) {
				count += worker.path("listeners").asInt();
			}
			return count == workers;
		});
	}

}
