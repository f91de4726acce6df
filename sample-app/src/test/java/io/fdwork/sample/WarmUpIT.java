package io.fdwork.sample;

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

	@Test
	void shouldWarmUpWebServerAndNotCountItForApplication() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			fleet.startDaemon();
			ForkedJvm worker = fleet.startWorker("--logging.level.io.fdwork.internal.worker=debug",
					"--logging.level.io.fdwork.internal.serve.warmup=debug");
			fleet.awaitReady(worker);
			assertThat(worker.log()).contains("The web server has warmed up with 100 requests")
				.doesNotContain("less than it could", "The warm-up has ended");
			String requests = "http_server_requests_seconds_count\\{pid=\"" + worker.pid() + "\"";
			assertThat(fleet.management("/actuator/prometheus")).contains("pid=\"" + worker.pid() + "\"")
				.doesNotContainPattern(requests);
			assertThat(Client.get(fleet.port(), "/pid").strip()).isEqualTo(String.valueOf(worker.pid()));
			Await.until(() -> fleet.management("/actuator/prometheus")
				.lines()
				.anyMatch((line) -> line.matches(requests + ".*uri=\"/pid\"} 1(\\.0)?")));
		}
	}

}
