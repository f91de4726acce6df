package io.fdwork.fleet;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * How many workers a fleet has and how patient it is with them.
 *
 * @param min how many workers there are at least
 * @param max how many there are at most, besides those that a refresh is replacing
 * @param limit how many max can be raised to
 * @param startTimeout how long a worker may take to get ready
 * @param drainTimeout how long a worker may take to finish what it has in hand
 * @param minBackoff how long the fleet waits after an attempt to start workers that
 * failed; doubled after each in a row
 * @param maxBackoff the longest of these waits
 * @param maxStartFailures after how many such attempts in a row the fleet starts no more
 * workers; {@code null} for never
 * @param maxStarting how many workers start at the same time at most, as they slow down
 * each other; a refresh starts as many as its batch says
 * @param limits what a worker may reach before it is replaced
 * @param refresh how a new generation is tried out
 */
public record FleetOptions(int min, int max, int limit, Duration startTimeout, Duration drainTimeout,
		Duration minBackoff, Duration maxBackoff, @Nullable Integer maxStartFailures, int maxStarting,
		WorkerLimits limits, RefreshOptions refresh) {
}
