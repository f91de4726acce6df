package io.fdwork.sample;

import java.util.List;
import java.util.concurrent.Future;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Fate;
import io.fdwork.sample.fixture.Client.Load;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a kill loses, and what it does not.
 */
class KillIT {

	@Test
	void shouldLoseOnlyWhatIsInItsHandsWhenWorkerIsKilled() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.launchDaemon();
			ForkedJvm victim = fleet.startWorker("--fdwork.worker.concurrency=2");
			ForkedJvm survivor = fleet.startWorker("--fdwork.worker.concurrency=2");
			fleet.awaitReady(victim, survivor);
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
	}

	@Test
	void shouldAnswerQueuedConnectionsAndReconnectWhenDaemonIsKilled() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			ForkedJvm daemon = fleet.launchDaemon();
			ForkedJvm worker = fleet.startWorker("--fdwork.worker.concurrency=1");
			fleet.awaitReady(worker);
			List<Future<String>> answers = Client.getAll(fleet.port(), "/work?millis=200", 20);
			Await.until(() -> fleet.state().at("/queues/0/put").asInt() == 20);
			daemon.kill();
			for (Future<String> answer : answers) {
				assertThat(answer.get()).isEqualTo(String.valueOf(worker.pid()));
			}

			// The socket file of the killed daemon is no obstacle
			fleet.launchDaemon();
			fleet.awaitReady(worker);
			assertThat(Client.get(fleet.port(), "/pid")).isEqualTo(String.valueOf(worker.pid()));
			assertThat(worker.log()).contains("The daemon has gone");
		}
	}

	@Test
	void shouldFailNothingAndExitWithZeroWhenProcessesAreTerminated() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			ForkedJvm daemon = fleet.launchDaemon();
			ForkedJvm first = fleet.startWorker();
			ForkedJvm second = fleet.startWorker();
			fleet.awaitReady(first, second);
			Load load = new Load(fleet.port(), "/work?millis=30", 16);
			try (load) {
				load.awaitServed(50);
				assertThat(first.terminate()).isZero();
				load.awaitServed(50);
			}
			assertThat(load.count(Fate.REFUSED)).isZero();
			assertThat(load.count(Fate.LOST)).isZero();
			fleet.awaitReady(second);
			assertThat(daemon.log()).contains("has left: bye: stopped");

			assertThat(daemon.terminate()).isZero();
			assertThat(second.terminate()).isZero();
		}
	}

}
