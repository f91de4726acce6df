package io.fdwork.internal.worker;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What stops the threads that get while a worker is quiesced.
 */
final class Gate {

	private boolean closed;

	private int inside;

	/**
	 * Go in, if the gate is open or opens in time.
	 * @return whether the caller is inside, and must leave
	 */
	synchronized boolean enter(Duration timeout) throws InterruptedException {
		if (this.closed) {
			TimeUnit.NANOSECONDS.timedWait(this, timeout.toNanos());
		}
		if (this.closed) {
			return false;
		}
		this.inside++;
		return true;
	}

	synchronized void leave() {
		this.inside--;
		if (this.closed) {
			notifyAll();
		}
	}

	/**
	 * Return whether whoever comes is let in.
	 */
	synchronized boolean isOpen() {
		return !this.closed;
	}

	/**
	 * Let nobody in any more, and wait until nobody is inside.
	 * @return whether that was so in time
	 */
	synchronized boolean close(Duration timeout) throws InterruptedException {
		this.closed = true;
		long deadline = System.nanoTime() + timeout.toNanos();
		while (this.inside > 0 && System.nanoTime() < deadline) {
			TimeUnit.NANOSECONDS.timedWait(this, deadline - System.nanoTime());
		}
		return this.inside == 0;
	}

	synchronized void open() {
		this.closed = false;
		notifyAll();
	}

}
