package io.fdwork.fleet;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The state of a fleet at one moment.
 *
 * @param state what it is doing
 * @param reason why it has stopped, or why workers do not start, for people, if it is so
 * @param min how many workers it has at least
 * @param max how many it has at most
 * @param target how many it wants now
 * @param generation the refresh whose workers it wants, from 1
 * @param starting how many workers are not ready yet
 * @param draining how many workers finish what they have in hand
 * @param jar what the generation runs, if it is a jar
 * @param lastRefresh how the last refresh ended
 * @param exits the last exits, the latest last
 * @param exitCounts how many workers have ended, by reason
 */
public record FleetSnapshot(FleetState state, @Nullable String reason, int min, int max, int target, int generation,
		int starting, int draining, @Nullable Path jar, @Nullable Refresh lastRefresh, List<WorkerExit> exits,
		Map<ExitReason, Long> exitCounts) {

	/**
	 * Return whether the first request starts a worker, so that having none is no
	 * failure. Not so while workers do not start.
	 * @return whether the fleet may be empty
	 */
	public boolean startsOnDemand() {
		return this.min == 0 && this.reason == null
				&& (this.state == FleetState.RUNNING || this.state == FleetState.REFRESHING);
	}

	/**
	 * A refresh that is over.
	 *
	 * @param generation the generation that it wanted
	 * @param completed whether its workers are there now; otherwise it was rolled back
	 * @param reason why it was rolled back
	 * @param at when it was over
	 */
	public record Refresh(int generation, boolean completed, @Nullable String reason, Instant at) {
	}

}
