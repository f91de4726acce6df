package io.fdwork.sample;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is observed of a request that has waited for a worker in another JVM.
 */
@Tag("long")
@Timeout(600)
class ObservationIT {

	private static final Pattern WAIT = Pattern.compile("Observed http\\.server\\.requests .*fdwork\\.wait=([^)]+)\\)");

	@Test
	void shouldSayHowLongRequestHasWaitedInQueue() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.launchDaemon();
			ForkedJvm worker = fleet.startWorker(ObservedApplication.class, "--fdwork.worker.name=observed");
			fleet.awaitReady(worker);
			fleet.operate("quiesce", null);
			Await.until(() -> fleet.workers("QUIESCED").equals(List.of(worker.pid())));
			try (Connection client = Client.connect(fleet.port())) {
				client.send("GET", "/", "", false);
				Await.until(() -> fleet.depth() == 1);
				long queued = System.nanoTime();
				Await.until(() -> fleet.state().at("/queues/0/put").asInt() == 1);
				Duration wait = Duration.ofNanos(System.nanoTime() - queued);
				fleet.operate("resume", null);
				assertThat(client.read().text()).isEqualTo("Hello");
				client.send("GET", "/", "", false);
				assertThat(client.read().text()).isEqualTo("Hello");
				Await.until(() -> count(worker, "Observed http.server.requests") == 2);
				assertThat(count(worker, "Observed fdwork.queue")).as("the first has waited").isOne();
				assertThat(worker.log()).containsPattern(
						"Observed fdwork\\.queue .*fdwork\\.queue=default\\).*fdwork\\.worker=observed\\)");
				Matcher said = WAIT.matcher(worker.log());
				assertThat(said.find()).isTrue();
				assertThat(Duration.parse(said.group(1))).isBetween(wait, Await.PATIENCE);
				assertThat(said.find()).isFalse();
			}
		}
	}

	private static long count(ForkedJvm worker, String what) throws IOException {
		return worker.log().lines().filter((line) -> line.contains(what)).count();
	}

}
