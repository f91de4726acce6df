package io.fdwork.sample.chaos;

import java.io.IOException;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.ForkedFleet;
import tools.jackson.databind.JsonNode;

/**
 * Refreshes that have to be rolled back.
 *
 * @param fleet what is refreshed
 * @param operations those of its daemon
 * @param surroundings what makes the new workers bad
 */
record BadRefreshes(ForkedFleet fleet, Operations operations, Surroundings surroundings) {

	/**
	 * Refresh while no worker can start.
	 */
	void failStarts() throws IOException {
		this.surroundings.failStarts();
		try {
			requireRollback("{}");
		}
		finally {
			this.surroundings.letStart();
		}
	}

	/**
	 * Refresh with a release that is slow.
	 */
	void slowDown() throws IOException {
		this.surroundings.slowDown();
		try {
			requireRollback("{\"bake\":\"1m\",\"canary\":1}");
		}
		finally {
			this.surroundings.speedUp();
		}
	}

	private void requireRollback(String refresh) throws IOException {
		int last = this.fleet.state().at("/fleet/lastRefresh/generation").asInt(0);
		this.operations.perform("refresh", refresh);
		Await.until(() -> this.fleet.state().at("/fleet/lastRefresh/generation").asInt(0) > last);
		JsonNode over = this.fleet.state().at("/fleet/lastRefresh");
		if (!over.path("outcome").asString("").equals("ROLLED_BACK")) {
			throw new IllegalStateException("A refresh that should be rolled back is " + over);
		}
	}

}
