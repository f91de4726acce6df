package io.fdwork.sample;

import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a web server answers before a worker is ready.
 */
@Timeout(600)
class WarmUpIT {

	private static final int WAITING = 20;

	@Test
	void shouldWarmUpWebServerAndNotCountItForApplication() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			fleet.startDaemon();
			List<Future<String>> answers = Client.getAll(fleet.port(), "/pid", WAITING);
			ForkedJvm worker = fleet.startWorker("--logging.level.io.fdwork.internal.worker=debug",
					"--logging.level.io.fdwork.internal.serve.warmup=debug", "--fdwork.worker.warm-up.timeout=2m",
					// A thread or a place that the warm-up still had would be missed
					"--server.tomcat.threads.max=1", "--server.tomcat.threads.min-spare=1",
					"--server.tomcat.threads.max-queue-capacity=1");
			fleet.awaitReady(worker);
			for (Future<String> answer : answers) {
				assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo(String.valueOf(worker.pid()));
			}
			assertThat(worker.log()).contains("The web server has warmed up with 100 requests")
				.doesNotContain("less than it could", "The warm-up has ended", "rejected");
			String counted = "http_server_requests_seconds_count\\{pid=\"" + worker.pid() + "\".*uri=\"/pid\"} "
					+ WAITING;
			Await.until(() -> Pattern.compile(counted).matcher(fleet.management("/actuator/prometheus")).find());
			assertThat(fleet.management("/actuator/prometheus")).doesNotContain("fdwork-warm-up");
		}
	}

}
