package io.fdwork.fleet;

import java.nio.file.Path;
import java.time.Duration;
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
 * @param bake the generation that is tried out, if one is
 * @param exits the last exits, the latest last
 * @param exitCounts how many workers have ended, by reason
 */
public record FleetSnapshot(FleetState state, @Nullable String reason, int min, int max, int target, int generation,
		int starting, int draining, @Nullable Path jar, @Nullable Refresh lastRefresh, @Nullable Bake bake,
		List<WorkerExit> exits, Map<ExitReason, Long> exitCounts) {

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
	 * @param comparison what both generations had done, if it was tried out
	 */
	public record Refresh(int generation, boolean completed, @Nullable String reason, Instant at,
			@Nullable Comparison comparison) {
	}

	/**
	 * A new generation that is tried out.
	 *
	 * @param generation the generation
	 * @param canary whether some of its workers serve beside those of the generation
	 * before; otherwise they serve in the place of these
	 * @param left for how long it must stay well yet, {@code null} while its workers are
	 * not ready
	 * @param comparison what both generations have done
	 */
	public record Bake(int generation, boolean canary, @Nullable Duration left, Comparison comparison) {
	}

	/**
	 * What two generations have done in the time for which they are compared.
	 *
	 * @param before the generation that was there before
	 * @param after the new one
	 */
	public record Comparison(GenerationFigures before, GenerationFigures after) {
	}

	/**
	 * What the workers of a generation have done.
	 *
	 * @param generation the generation
	 * @param requests how many HTTP requests they answered, or how many works ended where
	 * these are not measured
	 * @param failed how many of them failed: with a status of 500 or more, or as a work
	 * @param serviceTime the 95th percentile of how long works were served without a
	 * break, {@code null} if none was
	 */
	public record GenerationFigures(int generation, long requests, long failed, @Nullable Duration serviceTime) {
	}

}
