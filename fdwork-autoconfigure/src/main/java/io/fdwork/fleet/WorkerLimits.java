package io.fdwork.fleet;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * What a worker of a fleet may reach before another one takes its place; {@code null} for
 * no limit.
 *
 * @param maxAge how old it may be; up to a tenth less, as much for each worker as chance
 * says
 * @param maxRequests how many HTTP requests it may answer, or works it may get where it
 * does not measure requests; up to a tenth less, too
 * @param maxMemory how many bytes of memory its process may have resident
 * @param maxHeap how many bytes of its heap may be in use after a collection
 * @param hangTimeout how long it may be unresponsive
 * @param maxServiceTime how long it may serve a work without a break
 */
public record WorkerLimits(@Nullable Duration maxAge, @Nullable Long maxRequests, @Nullable Long maxMemory,
		@Nullable Long maxHeap, @Nullable Duration hangTimeout, @Nullable Duration maxServiceTime) {

	/**
	 * No limits.
	 */
	public static final WorkerLimits NONE = new WorkerLimits(null, null, null, null, null, null);

}
