package io.fdwork.sample;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What holds back work: the depth of a queue and the concurrency of workers.
 */
@Tag("long")
class BoundsIT {

	@Test
	void shouldLetConnectionsWaitAndAnswerAllWhenQueueIsFullAndNoWorkerIsThere() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.startDaemon("--fdwork.daemon.queues.default.capacity=16");
			List<Future<String>> answers = Client.getAll(fleet.port(), "/pid", 40);
			Await.until(() -> fleet.state().at("/listeners/0/state").asString("").equals("PAUSED"));
			assertThat(fleet.depth()).isEqualTo(16);
			assertThat(fleet.state().at("/queues/0/capacity").asInt()).isEqualTo(16);
			// What is not queued is in the backlog, where a
			// kill of the daemon does not end it
			assertThat(fleet.accepted()).isEqualTo(16);
			assertThat(fleet.health().path("status").asString()).isEqualTo("OUT_OF_SERVICE");
			assertThat(answers).noneMatch(Future::isDone);
			ForkedJvm worker = fleet.startWorker();
			for (Future<String> answer : answers) {
				assertThat(answer.get()).isEqualTo(String.valueOf(worker.pid()));
			}
			Await.until(() -> fleet.state().at("/listeners/0/state").asString("").equals("LISTENING"));
			assertThat(fleet.accepted()).isEqualTo(40);
		}
	}

	@Test
	void shouldShareEvenlyWhenEachWorkerServesOneAtATime() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.launchDaemon();
			ForkedJvm first = fleet.startWorker("--fdwork.worker.concurrency=1");
			ForkedJvm second = fleet.startWorker("--fdwork.worker.concurrency=1");
			fleet.awaitReady(first, second);
			// Both, so that none is slower to begin
			Client.getAll(fleet.port(), "/work?millis=20", 40).forEach(BoundsIT::join);
			long start = System.nanoTime();
			Map<Long, Integer> served = count(Client.getAll(fleet.port(), "/work?millis=200", 20));
			assertThat(System.nanoTime() - start).isGreaterThan(1_900_000_000L);
			assertThat(served).containsOnly(Map.entry(first.pid(), 10), Map.entry(second.pid(), 10));

			first.signal("STOP");
			try {
				served = count(Client.getAll(fleet.port(), "/work?millis=20", 20));
				assertThat(served).containsOnly(Map.entry(second.pid(), 20));
				Await.until(() -> fleet.state().path("workers").toString().contains("UNRESPONSIVE"));
			}
			finally {
				first.signal("CONT");
			}
			fleet.awaitReady(first, second);
		}
	}

	private static String join(Future<String> answer) {
		try {
			return answer.get();
		}
		catch (Exception ex) {
			throw new AssertionError(ex);
		}
	}

	private static Map<Long, Integer> count(List<Future<String>> answers) {
		Map<Long, Integer> counts = new HashMap<>();
		answers.forEach((answer) -> counts.merge(Long.valueOf(join(answer)), 1, Integer::sum));
		return counts;
	}

}
