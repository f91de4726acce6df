package io.fdwork.internal.queue;

import java.util.concurrent.atomic.AtomicReference;

/**
 * The permit that a work was got with: the work's while it is served, anybody's while it
 * is idle, and given back once when it has ended. Safe for all threads.
 */
final class WorkPermit {

	private final WorkPermits permits;

	private final AtomicReference<State> state = new AtomicReference<>(State.HELD);

	private volatile long heldSinceNanos;

	/**
	 * Create a permit that a work holds.
	 * @param permits where it came from, and goes
	 * @param gotNanos since when the work holds it
	 */
	WorkPermit(WorkPermits permits, long gotNanos) {
		this.permits = permits;
		this.heldSinceNanos = gotNanos;
	}

	/**
	 * Give it to others until it is taken again.
	 */
	void free() {
		long held = heldNanos();
		if (this.state.compareAndSet(State.HELD, State.FREE)) {
			this.permits.served(held);
			this.permits.release();
		}
	}

	/**
	 * Take one again, if there is one.
	 * @return {@code false} if there is none
	 */
	boolean tryTakeAgain() {
		return this.state.get() != State.FREE || (this.permits.tryAcquire() && taken());
	}

	/**
	 * Take one again, also if there is none.
	 */
	void takeAgain() {
		if (this.state.get() == State.FREE) {
			this.permits.acquireAnyway();
			taken();
		}
	}

	private boolean taken() {
		this.heldSinceNanos = System.nanoTime();
		if (!this.state.compareAndSet(State.FREE, State.HELD)) {
			// It has one already, or has ended meanwhile
			this.permits.release();
		}
		return true;
	}

	/**
	 * Return for how long the work has held it without a break, 0 if it does not.
	 */
	long heldNanos() {
		return (this.state.get() == State.HELD) ? System.nanoTime() - this.heldSinceNanos : 0;
	}

	/**
	 * Give it back for good, as the work has ended.
	 * @param servedNanos for how long the work was served, -1 if it was not
	 */
	void end(long servedNanos) {
		this.permits.leave();
		if (this.state.getAndSet(State.OVER) == State.HELD) {
			if (servedNanos >= 0) {
				this.permits.served(servedNanos);
			}
			this.permits.release();
		}
	}

	private enum State {

		/**
		 * The work's.
		 */
		HELD,

		/**
		 * Anybody's, while the work is idle.
		 */
		FREE,

		/**
		 * Anybody's for good, as the work has ended.
		 */
		OVER

	}

}
