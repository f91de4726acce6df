package io.fdwork.internal.worker;

import org.jspecify.annotations.Nullable;

/**
 * The waits of one thread, which end for good when it is told to stop. It is interrupted
 * between {@link #begin()} and {@link #end()} only, so never in a handler.
 */
final class Waits {

	private @Nullable Thread waiting;

	private boolean over;

	/**
	 * Say that the current thread may wait from now on.
	 * @return {@code false} if it must wait no more
	 */
	synchronized boolean begin() {
		if (!this.over) {
			this.waiting = Thread.currentThread();
		}
		return !this.over;
	}

	/**
	 * Say that the current thread does not wait now. Does nothing if it has said so.
	 */
	synchronized void end() {
		if (this.waiting != null && this.over) {
			// What is still pending was meant for a wait
			Thread.interrupted();
		}
		this.waiting = null;
	}

	/**
	 * End the wait of now, if there is one, and let no other begin.
	 */
	synchronized void endForGood() {
		this.over = true;
		if (this.waiting != null) {
			this.waiting.interrupt();
		}
	}

}
