package io.fdwork.fleet;

import java.time.Duration;

/**
 * How a new generation of workers is tried out, and what makes it worse than the one
 * before.
 *
 * @param bakeTime for how long it must stay well while the one before waits; zero for not
 * at all. A refresh may ask for another time
 * @param canary how many of its workers must do so beside the one before first, 0 for
 * none. A refresh may ask for another number
 * @param minRequests how many requests each of both must have answered before they are
 * compared
 * @param failureFactor how many times as large a share of the requests must fail
 * @param failureTolerance by how much that share must be larger, of 1
 * @param serviceTimeFactor how many times as long the 95th percentile of the service time
 * must be
 * @param serviceTimeTolerance by how much that must be longer
 */
public record RefreshOptions(Duration bakeTime, int canary, int minRequests, double failureFactor,
		double failureTolerance, double serviceTimeFactor, Duration serviceTimeTolerance) {

	/**
	 * Nothing is tried out unless a refresh asks for it.
	 */
	public static final RefreshOptions NONE = new RefreshOptions(Duration.ZERO, 0, 1, 1, 0, 1, Duration.ZERO);

}
