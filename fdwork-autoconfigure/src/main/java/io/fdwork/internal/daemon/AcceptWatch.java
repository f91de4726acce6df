package io.fdwork.internal.daemon;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Watches whether a thread that accepts comes on, by comparing one look with the one
 * before, for all who want to know. Safe for all threads.
 */
final class AcceptWatch {

	/**
	 * How much time is between two looks at least: two that follow each other closely
	 * would find the same.
	 */
	static final Duration MIN_INTERVAL = Duration.ofMillis(200);

	private final BooleanSupplier responsive;

	private final LongSupplier accepted;

	private final BooleanSupplier waiting;

	private long acceptedBefore;

	private boolean waitedBefore;

	private boolean stuck;

	// When it was last seen to come on
	private long movedNanos;

	private long lookedNanos;

	/**
	 * Create a watch.
	 * @param responsive whether the thread has done what it had to do at the last look
	 * @param accepted how many connections it has accepted
	 * @param waiting whether it waits for room in a queue, which is no fault
	 */
	AcceptWatch(BooleanSupplier responsive, LongSupplier accepted, BooleanSupplier waiting, long now) {
		this.responsive = responsive;
		this.accepted = accepted;
		this.waiting = waiting;
		this.lookedNanos = now - MIN_INTERVAL.toNanos();
		this.movedNanos = now;
	}

	/**
	 * Return whether the thread does not come on at the moment.
	 */
	synchronized boolean isStuck(long now) {
		if (now - this.lookedNanos >= MIN_INTERVAL.toNanos()) {
			this.lookedNanos = now;
			look(now);
		}
		return this.stuck;
	}

	/**
	 * Return whether the thread has not come on since some moment, as far as was seen.
	 */
	synchronized boolean isStuckSince(long sinceNanos, long now) {
		return isStuck(now) && this.movedNanos - sinceNanos <= 0;
	}

	private void look(long now) {
		long acceptedBefore = this.acceptedBefore;
		boolean waitedBefore = this.waitedBefore;
		this.acceptedBefore = this.accepted.getAsLong();
		this.waitedBefore = this.waiting.getAsBoolean();
		this.stuck = !this.responsive.getAsBoolean() && this.acceptedBefore == acceptedBefore && !waitedBefore
				&& !this.waitedBefore;
		if (!this.stuck) {
			this.movedNanos = now;
		}
	}

}
