package io.fdwork.sample.chaos;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.ForkedFleet;
import tools.jackson.databind.JsonNode;

/**
 * Refreshes that have to be rolled back.
 */
final class BadRefreshes {

	private final ForkedFleet fleet;

	private final Operations operations;

	private final Surroundings surroundings;

	private final Set<Long> failing = new HashSet<>();

	/**
	 * Create an object that has refreshed nothing.
	 * @param fleet what is refreshed
	 * @param operations those of its daemon
	 * @param surroundings what makes the new workers bad
	 */
	BadRefreshes(ForkedFleet fleet, Operations operations, Surroundings surroundings) {
		this.fleet = fleet;
		this.operations = operations;
		this.surroundings = surroundings;
	}

	/**
	 * Return the workers of releases that fail requests.
	 */
	Set<Long> failing() {
		return Set.copyOf(this.failing);
	}

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
		tryOut("sample.slowdown=4");
	}

	/**
	 * Refresh with a release that fails a part of the requests.
	 */
	void failRequests() throws IOException {
		this.failing.addAll(tryOut("sample.fail-every=5"));
	}

	private Set<Long> tryOut(String property) throws IOException {
		this.surroundings.bringOut(property);
		try {
			return requireRollback("{\"bake\":\"1m\",\"canary\":1}");
		}
		finally {
			this.surroundings.takeBack();
		}
	}

	/**
	 * Refresh, and wait until that is rolled back.
	 * @return the workers that have registered meanwhile
	 */
	private Set<Long> requireRollback(String refresh) throws IOException {
		JsonNode before = this.fleet.state();
		int last = before.at("/fleet/lastRefresh/generation").asInt(0);
		Set<Long> fresh = new HashSet<>();
		this.operations.perform("refresh", refresh);
		Await.until(() -> {
			JsonNode state = this.fleet.state();
			state.path("workers").forEach((worker) -> fresh.add(worker.path("pid").asLong()));
			return state.at("/fleet/lastRefresh/generation").asInt(0) > last;
		});
		before.path("workers").forEach((worker) -> fresh.remove(worker.path("pid").asLong()));
		JsonNode over = this.fleet.state().at("/fleet/lastRefresh");
		if (!over.path("outcome").asString("").equals("ROLLED_BACK")) {
			throw new IllegalStateException("A refresh that should be rolled back is " + over);
		}
		return fresh;
	}

}
