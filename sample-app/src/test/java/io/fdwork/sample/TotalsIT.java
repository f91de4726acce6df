package io.fdwork.sample;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

/**
 * What a daemon counts of all the workers that it has had.
 */
@Tag("long")
@Timeout(600)
class TotalsIT {

	private static final int REFRESHES = 5;

	private final Map<String, Long> highest = new LinkedHashMap<>();

	@Test
	void shouldNeverFallInRefreshesUnderLoad() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			ForkedJvm daemon = fleet.startDaemon("--fdwork.daemon.fleet.min=2", "--fdwork.daemon.fleet.max=2",
					"--fdwork.daemon.fleet.cds-archive=false");
			Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() == 2);
			List<Long> first = fleet.managed();
			Load load = new Load(fleet.port(), "/work?millis=20", 4);
			try (load) {
				load.awaitServed(50);
				for (int generation = 2; generation <= REFRESHES + 1; generation++) {
					assertThat(fleet.operate("refresh", "{\"batch\":\"100%\"}").statusCode()).isEqualTo(200);
					int wanted = generation;
					Await.until(() -> noteTotals(fleet).at("/fleet/lastRefresh/generation").asInt(1) == wanted);
					assertThat(fleet.state().at("/fleet/lastRefresh/outcome").asString()).isEqualTo("COMPLETED");
				}
				load.awaitServed(50);
			}
			assertThat(fleet.managed()).hasSize(2).doesNotContainAnyElementsOf(first);
			assertThat(load.count(Fate.LOST)).isZero();
			assertThat(load.count(Fate.REFUSED)).isZero();
			long served = load.count(Fate.SERVED);
			Await.until(() -> noteTotals(fleet).at("/totals/ended/default/SERVED").asLong() >= served);
			JsonNode totals = fleet.state().path("totals");
			assertThat(totals.at("/ended/default/SERVED").asLong()).as("each once").isEqualTo(served);
			Await.until(() -> fleet.state().at("/totals/requests/2xx").asLong() >= served);
			assertThat(fleet.state().at("/totals/requests/2xx").asLong()).as("each once").isEqualTo(served);

			long own = fleet.managed().get(0);
			daemon.kill();
			ForkedJvm next = fleet.startDaemon("--fdwork.daemon.fleet.min=2", "--fdwork.daemon.fleet.max=2",
					"--fdwork.daemon.fleet.cds-archive=false");
			Await.until(() -> next.requireAlive() && fleet.workers("READY").size() == 2);
			assertThat(fleet.managed()).as("adopted").contains(own);
			assertThat(fleet.state().at("/totals/ended/default/SERVED").asLong()).as("began anew").isZero();
			for (int i = 0; i < 10; i++) {
				Client.get(fleet.port(), "/pid");
			}
			Await.until(() -> fleet.state().at("/totals/ended/default/SERVED").asLong() >= 10);
			assertThat(fleet.state().at("/totals/ended/default/SERVED").asLong()).isEqualTo(10);
			assertThat(fleet.management("/actuator/prometheus"))
				.contains("fdwork_workers_service_seconds_count{outcome=\"served\",queue=\"default\"} 10")
				.contains("fdwork_workers_requests_seconds_count{status=\"2xx\"}");
		}
	}

	/**
	 * Compare all totals with those of before.
	 */
	private JsonNode noteTotals(ForkedFleet fleet) {
		JsonNode state = fleet.state();
		JsonNode totals = state.path("totals");
		note("", totals);
		return state;
	}

	private void note(String path, JsonNode node) {
		node.properties().forEach((member) -> {
			String name = path + "/" + member.getKey();
			if (member.getValue().isObject()) {
				note(name, member.getValue());
			}
			else {
				long now = member.getValue().asLong();
				assertThat(now).as(name).isGreaterThanOrEqualTo(this.highest.getOrDefault(name, 0L));
				this.highest.put(name, now);
			}
		});
	}

}
