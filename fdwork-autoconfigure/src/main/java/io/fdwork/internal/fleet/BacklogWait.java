package io.fdwork.internal.fleet;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How long clients wait to be accepted by workers, which nobody measures: as long as the
 * number of those that wait is of what was accepted in a second (Little's law), and no
 * longer than somebody has waited at all. Not safe for threads.
 */
final class BacklogWait {

	/**
	 * Over how long a time the rate is taken at least: workers report now and then.
	 */
	private static final long MIN_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

	private boolean begun;

	private long emptyNanos;

	private long accepted;

	private long acceptedNanos;

	private double acceptedPerNano;

	/**
	 * Estimate the wait.
	 * @param waiting how many clients wait
	 * @param accepted how many works workers have accepted so far
	 */
	Duration estimate(long waiting, long accepted, long now) {
		if (!this.begun || accepted < this.accepted) {
			// Those of a worker that has gone are counted no more
			this.begun = true;
			this.accepted = accepted;
			this.acceptedNanos = now;
			this.emptyNanos = now;
		}
		else if (now - this.acceptedNanos >= MIN_INTERVAL_NANOS) {
			this.acceptedPerNano = (accepted - this.accepted) / (double) (now - this.acceptedNanos);
			this.accepted = accepted;
			this.acceptedNanos = now;
		}
		if (waiting == 0) {
			this.emptyNanos = now;
			return Duration.ZERO;
		}
		long longest = now - this.emptyNanos;
		return Duration
			.ofNanos((this.acceptedPerNano > 0) ? (long) Math.min(longest, waiting / this.acceptedPerNano) : longest);
	}

}
