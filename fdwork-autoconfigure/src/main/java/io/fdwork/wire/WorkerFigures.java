package io.fdwork.wire;

import java.util.Map;

import io.fdwork.WorkOutcome;

/**
 * The figures of a worker at one moment, counted since its start.
 *
 * @param state where it is in its life
 * @param active how many works it has in hand
 * @param concurrency how many it can have in hand
 * @param got how many works it has got
 * @param ended how many works ended and how long they were in hand, by outcome
 * @param waited how long the works that it got had waited in their queue
 * @param rejected how many frames it rejected, by cause
 * @param openDescriptors how many descriptors fdwork owns in its process
 * @param leakedDescriptors how many were forgotten and closed by the cleaner
 * @param paused whether it gets nothing for want of descriptors
 * @param pauses how often that was so
 */
public record WorkerFigures(WorkerState state, int active, int concurrency, long got,
		Map<WorkOutcome, Duration> ended, Wait waited, Map<FrameDefect, Long> rejected, long openDescriptors,
		long leakedDescriptors, boolean paused, long pauses) {

	/**
	 * A number of durations.
	 *
	 * @param count how many
	 * @param totalNanos their sum in nanoseconds
	 */
	public record Duration(long count, long totalNanos) {
	}

	/**
	 * A number of waits.
	 *
	 * @param count how many since the start
	 * @param totalNanos their sum in nanoseconds
	 * @param p50Nanos the median of the last seconds, in nanoseconds
	 * @param p95Nanos the 95th percentile of the last seconds, in nanoseconds
	 * @param p99Nanos the 99th percentile of the last seconds, in nanoseconds
	 * @param maxNanos the longest of the last seconds, in nanoseconds
	 */
	public record Wait(long count, long totalNanos, long p50Nanos, long p95Nanos, long p99Nanos, long maxNanos) {
	}

}
