package io.fdwork.internal.worker;

import java.util.concurrent.TimeUnit;

/**
 * Whether other workers get from the same queue now, by how many of its works this one
 * has not got. Shared by all that get from a queue in this process. Safe for all threads.
 */
final class Company {

	/**
	 * After how many works this worker may be taken to be alone: more than a burst has
	 * that others need a moment to wake up for.
	 */
	static final int SOME = 32;

	/**
	 * After how many works whoever is alone looks whether that is still so. Whoever waits
	 * in the line of the queue gets some of so many, however fast this worker is.
	 */
	static final int MANY = 256;

	/**
	 * After so long without a work nothing is known any more.
	 */
	static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

	private final int getters;

	private boolean alone;

	private long firstSequence;

	private long lastSequence;

	private long lastNanos;

	private int got;

	/**
	 * Create a company.
	 * @param getters how many of this process get from the queue: so many works may be
	 * got and not told here yet
	 */
	Company(int getters) {
		this.getters = getters;
	}

	/**
	 * Say that this worker has got a work.
	 * @param sequence its place in the order of the queue
	 * @param gotNanos when, in nanoseconds of {@link System#nanoTime()}
	 */
	synchronized void got(long sequence, long gotNanos) {
		boolean quiet = gotNanos - this.lastNanos >= QUIET_NANOS;
		this.lastNanos = gotNanos;
		this.lastSequence = Math.max(this.lastSequence, sequence);
		this.got++;
		if (quiet) {
			begin(false);
		}
		else if (this.got >= ((this.alone) ? MANY : SOME)) {
			begin(this.lastSequence - this.firstSequence - this.got <= this.getters);
		}
	}

	private void begin(boolean alone) {
		this.alone = alone;
		this.firstSequence = this.lastSequence;
		this.got = 0;
	}

	/**
	 * Return whether others may be there to take the next work.
	 */
	synchronized boolean isLikely() {
		return !this.alone;
	}

}
