package io.fdwork.sample;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.Client.Fate;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import io.fdwork.sample.fixture.Probe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What new clients notice of the death of the daemon: next to nothing.
 */
@Timeout(600)
class StandInIT {

	/**
	 * A machine that others use too takes its time, but not that of a JVM that starts.
	 */
	private static final Duration OWN_TIME = Duration.ofSeconds(10);

	@ParameterizedTest
	@ValueSource(strings = { "web", "blocking" })
	void shouldServeNewClientsWhileThereIsNoDaemon(String serving) throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving(serving);
			ForkedJvm daemon = fleet.launchDaemon();
			ForkedJvm first = fleet.startWorker();
			ForkedJvm second = fleet.startWorker();
			fleet.awaitReady(first, second);
			awaitKept(fleet, 2);
			Probe probe = new Probe(fleet.port(), "/pid");
			long lost;
			try (probe) {
				probe.awaitServed(50);
				long killed = System.nanoTime();
				daemon.kill();
				probe.awaitServed(50);
				lost = probe.count(Fate.LOST);
				Duration gap = probe.longestGap(killed);
				System.out.printf("%s: the longest time without an answer after the kill: %d ms, %d lost%n", serving,
						gap.toMillis(), lost);
				assertThat(gap).isLessThan(OWN_TIME);
				// In the hands of the dead daemon
				assertThat(lost).isLessThanOrEqualTo(1);
				probe.takeAnswers();
				int descriptors = first.descriptors() + second.descriptors();
				probe.awaitServed(150);
				assertThat(probe.takeAnswers()).containsOnlyKeys(String.valueOf(first.pid()),
						String.valueOf(second.pid()));
				assertThat(first.log()).contains("in place of the daemon");

				ForkedJvm next = fleet.launchDaemon();
				fleet.awaitReady(first, second);
				awaitKept(fleet, 2);
				long accepted = fleet.accepted();
				probe.awaitServed(50);
				assertThat(fleet.accepted()).isGreaterThanOrEqualTo(accepted + 40);
				Await.until(() -> first.descriptors() + second.descriptors() <= descriptors + 4);

				int before = logged(first);
				long stopped = System.nanoTime();
				next.signal("STOP");
				Await.until(() -> logged(first) > before);
				probe.awaitServed(100);
				gap = probe.longestGap(stopped);
				System.out.printf("%s: the longest time without an answer after the stop: %d ms%n", serving,
						gap.toMillis());
				assertThat(gap).isLessThan(OWN_TIME);
				next.signal("CONT");
				Await.until(() -> first.log().split("The daemon accepts on ", -1).length > 2);
				probe.awaitServed(50);
			}
			assertThat(probe.count(Fate.REFUSED)).isZero();
			assertThat(probe.count(Fate.LOST)).isEqualTo(lost);
		}
	}

	@Test
	void shouldNotStandInWhenWorkerIsQuiescedAndKeepSilentClientsAside() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			String[] onData = { "--fdwork.daemon.listeners[0].accept-on-data=true",
					"--fdwork.daemon.listeners[0].data-timeout=60s" };
			fleet.serving("blocking");
			ForkedJvm daemon = fleet.launchDaemon(onData);
			ForkedJvm worker = fleet.startWorker("--fdwork.worker.concurrency=2");
			fleet.awaitReady(worker);
			awaitKept(fleet, 1);
			fleet.operate("quiesce", null);
			Await.until(() -> fleet.workers("QUIESCED").size() == 1);
			daemon.kill();
			Await.until(() -> worker.log().contains("The daemon has gone"));
			List<Future<String>> waiting = Client.getAll(fleet.port(), "/pid", 3);
			daemon = fleet.launchDaemon(onData);
			for (Future<String> answer : waiting) {
				assertThat(answer.get()).isEqualTo(String.valueOf(worker.pid()));
			}
			assertThat(worker.log()).doesNotContain("in place of the daemon");

			awaitKept(fleet, 1);
			daemon.kill();
			Await.until(() -> worker.log().contains("in place of the daemon"));
			int descriptors = worker.descriptors();
			List<Connection> silent = new ArrayList<>();
			for (int i = 0; i < 10; i++) {
				silent.add(Client.connect(fleet.port()));
			}
			// The kernel keeps them to itself for a second
			Await.until(() -> worker.descriptors() >= descriptors + 10);
			assertThat(Client.get(fleet.port(), "/pid")).isEqualTo(String.valueOf(worker.pid()));
			fleet.launchDaemon(onData);
			fleet.awaitReady(worker);
			for (Connection connection : silent) {
				connection.send("GET", "/pid", "", true);
				assertThat(connection.read().text().strip()).isEqualTo(String.valueOf(worker.pid()));
				connection.close();
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "web" })
	void shouldHandNothingOverWhereWorkersAccept(String serving) throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving(serving);
			String workers = "--fdwork.daemon.listeners[0].accepted-by=workers";
			ForkedJvm daemon = fleet.launchDaemon(workers);
			ForkedJvm first = fleet.startWorker();
			ForkedJvm second = fleet.startWorker();
			fleet.awaitReady(first, second);
			awaitKept(fleet, 2);
			Probe probe = new Probe(fleet.port(), "/pid");
			try (probe) {
				probe.awaitServed(100);
				assertThat(probe.takeAnswers()).containsOnlyKeys(String.valueOf(first.pid()),
						String.valueOf(second.pid()));
				assertThat(fleet.accepted()).isZero();
				assertThat(fleet.state().at("/queues/0/put").asLong()).isZero();

				fleet.operate("quiesce", null);
				Await.until(() -> fleet.state().at("/listeners/0/waiting").asInt() > 10);
				fleet.operate("resume", null);
				probe.awaitServed(100);

				daemon.kill();
				probe.awaitServed(100);
				daemon = fleet.launchDaemon(workers);
				fleet.awaitReady(first, second);
				awaitKept(fleet, 2);
				assertThat(first.terminate()).isZero();
				probe.awaitServed(100);
			}
			assertThat(probe.count(Fate.REFUSED)).isZero();
			assertThat(probe.count(Fate.LOST)).isZero();
			assertThat(daemon.terminate()).isZero();
			assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> Client.get(fleet.port(), "/pid"));
		}
	}

	private static int logged(ForkedJvm worker) throws IOException {
		return worker.log().split("in place of the daemon", -1).length;
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
