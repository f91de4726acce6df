package io.fdwork.fleet;

import java.time.Duration;

/**
 * What a {@link ScalingRule} knows when it decides.
 *
 * @param nanos the time, of {@link System#nanoTime()}
 * @param min the smallest target
 * @param max the largest target
 * @param target the target so far
 * @param ready how many workers get works
 * @param starting how many workers are not ready yet
 * @param active how many works are being served, of all workers: those in hand whose
 * client is not idle
 * @param capacity how many works the ready workers can serve at once
 * @param queued how many requests wait in the queues
 * @param waited how long requests wait: the largest 95th percentile of the workers' last
 * seconds, or the time for which nothing has been got from a queue that is not empty, if
 * that is longer
 * @param got how many works were got since the start of the daemon
 */
public record ScalingFigures(long nanos, int min, int max, int target, int ready, int starting, long active,
		long capacity, long queued, Duration waited, long got) {
}
