package io.fdwork.sample;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What becomes of idle connections when the table of open files of the daemon is too
 * small for them.
 */
@Tag("long")
@Timeout(300)
class ShortTableIT {

	private static final String PATIENT = "--fdwork.daemon.idle-timeout=10m";

	private static final String SOON = "--fdwork.worker.return-idle-after=500ms";

	private static final int CLIENTS = 400;

	@Test
	void shouldKeepConnectionsInWorkersWhenDaemonHasNoRoom() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			ForkedJvm daemon = startDaemon(fleet, 256);
			ForkedJvm first = startWorker(fleet);
			ForkedJvm second = startWorker(fleet);
			fleet.awaitReady(first, second);
			Client.get(fleet.port(), "/pid");
			Await.until(() -> IdleConnections.atHome(fleet).path("held").asInt() == 0);
			int before = daemon.descriptors();
			String registered = registered(fleet);
			List<Connection> connections = IdleConnections.connect(fleet, CLIENTS);
			try {
				for (int i = 0; i < 3; i++) {
					awaitFull(fleet);
					assertThat(daemon.descriptors()).isLessThanOrEqualTo(256 - 32);
					getAll(connections);
					assertThat(Client.get(fleet.port(), "/pid")).isNotEmpty();
				}
				assertThat(registered(fleet)).as("nobody had to register again").isEqualTo(registered);
				awaitFull(fleet);
				// Its connections go to the other worker, as the daemon is full
				assertThat(first.terminate()).isZero();
				getAll(connections);
				assertThat(IdleConnections.atHome(fleet).path("evicted").asInt()).isZero();
				assertThat(daemon.log()).doesNotContain(" WARN ", " ERROR ");
			}
			finally {
				IdleConnections.close(connections);
			}
			Await.until(() -> daemon.descriptors() <= before + 2);
			assertThat(fleet.management("/actuator/prometheus"))
				.doesNotContainPattern("fdwork_control_rejected_total\\{cause=\"exhausted\"\\} [1-9]");
		}
	}

	@Test
	void shouldCloseTheOldestWhenWorkersAreShortToo() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			ForkedJvm daemon = startDaemon(fleet, 256);
			fleet.prefix("prlimit", "--nofile=330");
			ForkedJvm worker = startWorker(fleet);
			fleet.awaitReady(worker);
			List<Connection> connections = IdleConnections.connect(fleet, CLIENTS);
			try {
				Await.until(() -> IdleConnections.atHome(fleet).path("evicted").asInt() > 0);
				for (Connection newest : connections.subList(CLIENTS - 20, CLIENTS)) {
					assertThat(IdleConnections.get(newest)).isEqualTo(String.valueOf(worker.pid()));
				}
				assertThat(Client.get(fleet.port(), "/pid")).isEqualTo(String.valueOf(worker.pid()));
				assertThat(IdleConnections.atHome(fleet).path("evicted").asInt()).isLessThan(CLIENTS - 100);
				assertThat(daemon.log().split("Closing the oldest idle connections", -1)).as("logged once").hasSize(2);
			}
			finally {
				IdleConnections.close(connections);
			}
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 100, 160 })
	void shouldNameTheMinimumWhenLimitIsTooLow(int limit) throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.prefix("prlimit", "--nofile=" + limit);
			ForkedJvm daemon = fleet.launchDaemon();
			assertThat(daemon.awaitExit()).isEqualTo(1);
			assertThat(daemon.log()).contains("APPLICATION FAILED TO START")
				.containsPattern("A daemon cannot work with " + limit
						+ " open files \\(ulimit -n\\): this one needs at least [12]\\d\\d,")
				.containsPattern("Raise the limit to [12]\\d\\d or more");
			ForkedJvm worker = fleet.startWorker();
			assertThat(worker.awaitExit()).isEqualTo(1);
			assertThat(worker.log()).contains("APPLICATION FAILED TO START")
				.contains("a number that leaves 64 of the " + limit + " files that the worker may have open")
				.contains("raise that limit to 192 or more");
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 256, 512, 1024 })
	void shouldAnswerAllWhateverTheLimit(int limit) throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			startDaemon(fleet, limit);
			ForkedJvm worker = startWorker(fleet);
			fleet.awaitReady(worker);
			List<Connection> connections = IdleConnections.connect(fleet, 200);
			try {
				Await.until(() -> IdleConnections.atHome(fleet).path("held").asInt() > 0);
				getAll(connections);
				assertThat(fleet.workers("READY")).containsExactly(worker.pid());
				assertThat(IdleConnections.atHome(fleet).path("evicted").asInt()).isZero();
			}
			finally {
				IdleConnections.close(connections);
			}
		}
	}

	private static ForkedJvm startDaemon(ForkedFleet fleet, int limit) throws IOException {
		fleet.prefix("prlimit", "--nofile=" + limit);
		ForkedJvm daemon = fleet.startDaemon(PATIENT);
		fleet.prefix("prlimit", "--nofile=1024");
		return daemon;
	}

	private static ForkedJvm startWorker(ForkedFleet fleet, String... arguments) throws IOException {
		List<String> all = new ArrayList<>(List.of(arguments));
		all.add(SOON);
		return fleet.startWorker(all.toArray(String[]::new));
	}

	// As many are held as go home: the others have been idle for as long
	private static void awaitFull(ForkedFleet fleet) {
		int[] held = new int[1];
		Await.until(() -> IdleConnections.atHome(fleet).path("held").asInt() > 40);
		Await.until(() -> {
			int before = held[0];
			held[0] = IdleConnections.atHome(fleet).path("held").asInt();
			return held[0] == before;
		});
	}

	private static String registered(ForkedFleet fleet) {
		List<String> since = new ArrayList<>();
		fleet.state().path("workers").forEach((worker) -> since.add(worker.path("since").asString()));
		assertThat(since).hasSize(2);
		return since.toString();
	}

	private static void getAll(List<Connection> connections) throws IOException {
		for (Connection connection : connections) {
			assertThat(IdleConnections.get(connection)).isNotEmpty();
		}
	}

}
