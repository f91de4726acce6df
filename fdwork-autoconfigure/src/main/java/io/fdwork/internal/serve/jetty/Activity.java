package io.fdwork.internal.serve.jetty;

import java.util.function.BooleanSupplier;

import io.fdwork.internal.queue.GotWork;

/**
 * What is going on on the connection of a work, and so whether the work holds a permit.
 * Safe for all threads.
 */
final class Activity {

	private final GotWork work;

	private State state = State.BUSY;

	// How often something has been read
	private long turns;

	Activity(GotWork work) {
		this.work = work;
	}

	/**
	 * A thread reads requests, and handles them.
	 * @return which turn it is
	 */
	synchronized long begin() {
		if (!hasEnded()) {
			become(State.BUSY);
		}
		return ++this.turns;
	}

	/**
	 * The thread is done. If there is still something to answer, it costs no thread until
	 * then.
	 * @param turn which turn it was
	 * @return whether nothing is read until then
	 */
	synchronized boolean end(long turn) {
		// Another thread may have answered and gone on already
		if (this.state == State.BUSY && this.turns == turn) {
			become(State.SUSPENDED);
		}
		return isSuspendedSince(turn);
	}

	/**
	 * Return whether nothing has been read since a turn, and nothing is awaited.
	 */
	synchronized boolean isSuspendedSince(long turn) {
		return this.state == State.SUSPENDED && this.turns == turn;
	}

	/**
	 * Nothing is to be done until the client sends more.
	 * @param requested whether it has sent anything yet
	 */
	synchronized void await(boolean requested) {
		if (!hasEnded()) {
			become((requested) ? State.IDLE : State.SILENT);
		}
	}

	/**
	 * The client has been silent for so long that it counts as idle.
	 */
	synchronized void endSilence() {
		if (this.state == State.SILENT) {
			become(State.IDLE);
		}
	}

	/**
	 * Take a permit for what the client has sent while it was awaited.
	 * @return {@code false} if there is none
	 */
	synchronized boolean tryResume() {
		return !isAwaited() || (this.work.tryResume() && resume());
	}

	/**
	 * Take a permit as {@link #tryResume()} does, also if there is none.
	 * @return {@code false} if the connection is leaving
	 */
	synchronized boolean resume() {
		if (isAwaited()) {
			become(State.BUSY);
		}
		return this.state != State.LEAVING;
	}

	/**
	 * Let the connection leave.
	 * @param taken takes away what would read the next request; does not wait
	 * @return {@code false} if somebody reads, or the connection has ended
	 */
	synchronized boolean leave(BooleanSupplier taken) {
		if (!isAwaited() || !taken.getAsBoolean()) {
			return false;
		}
		this.state = State.LEAVING;
		return true;
	}

	/**
	 * The connection ends.
	 * @return {@code false} if it does not, as it leaves
	 */
	synchronized boolean close() {
		if (this.state == State.LEAVING) {
			return false;
		}
		this.state = State.CLOSED;
		return true;
	}

	synchronized boolean isLeaving() {
		return this.state == State.LEAVING;
	}

	synchronized boolean isAwaited() {
		return this.state == State.SILENT || this.state == State.IDLE;
	}

	private boolean hasEnded() {
		return this.state == State.LEAVING || this.state == State.CLOSED;
	}

	private void become(State next) {
		this.state = next;
		switch (next) {
			case BUSY -> this.work.resume();
			case SUSPENDED, IDLE -> this.work.idle();
			default -> {
				// As it is
			}
		}
	}

	private enum State {

		/**
		 * A thread reads or handles requests. There is a permit for it.
		 */
		BUSY,

		/**
		 * A request is answered later, and no thread handles it until then. There is no
		 * permit.
		 */
		SUSPENDED,

		/**
		 * The client has not sent anything yet. There may be a permit for what it sends.
		 */
		SILENT,

		/**
		 * Nothing is to be done until the client sends more. There is no permit.
		 */
		IDLE,

		/**
		 * The connection is on its way home. Whoever closes it here does not end it.
		 */
		LEAVING,

		/**
		 * The connection has ended here.
		 */
		CLOSED

	}

}
