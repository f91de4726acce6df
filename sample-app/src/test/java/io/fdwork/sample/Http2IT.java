package io.fdwork.sample;

import java.time.Duration;
import java.util.List;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import io.fdwork.sample.fixture.Http2Load;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What becomes of requests over HTTP/2 when workers come and go, on whichever web server
 * the jar has.
 */
@Timeout(600)
class Http2IT {

	private static final int CLIENTS = 8;

	@Test
	@Tag("long")
	void shouldLoseNoStreamWhenWorkersAreReplaced() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			fleet.launchDaemon();
			ForkedJvm worker = fleet.startWorker("--server.http2.enabled=true");
			fleet.awaitReady(worker);
			try (Http2Load load = new Http2Load(fleet.port(), "/work?millis=400", CLIENTS)) {
				load.awaitAnswered(2 * CLIENTS);
				for (int i = 1; i <= 2; i++) {
					ForkedJvm next = fleet.startWorker("--server.http2.enabled=true");
					fleet.awaitReady(worker, next);
					// So that all are where they have to leave
					Await.until(() -> fleet.depth() == 0);
					load.awaitAnswered(CLIENTS);
					assertThat(worker.terminate()).isZero();
					worker = next;
					load.awaitAnswered(4 * CLIENTS);
					assertThat(List.copyOf(load.farewells())).hasSize(i * CLIENTS)
						.allSatisfy((time) -> assertThat(time).isLessThan(Duration.ofSeconds(10)));
				}
				assertThat(load.untold()).isEmpty();
				assertThat(load.refused()).isZero();
				assertThat(load.lost()).isZero();
			}
		}
	}

}
