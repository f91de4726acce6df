package io.fdwork.internal.worker;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What stops the threads that get while somebody wants a worker to get nothing. It is
 * open while nobody does.
 */
final class Gate {

	private final Set<Keeper> closedBy = EnumSet.noneOf(Keeper.class);

	private boolean openForGood;

	private boolean held;

	private int inside;

	/**
	 * Go in, if the gate is open or opens in time.
	 * @return whether the caller is inside, and must leave
	 */
	synchronized boolean enter(Duration timeout) throws InterruptedException {
		if (!isOpen()) {
			TimeUnit.NANOSECONDS.timedWait(this, timeout.toNanos());
		}
		if (!isOpen()) {
			return false;
		}
		this.inside++;
		return true;
	}

	synchronized void leave() {
		this.inside--;
		if (!isOpen()) {
			notifyAll();
		}
	}

	/**
	 * Return whether whoever comes is let in.
	 */
	synchronized boolean isOpen() {
		return this.closedBy.isEmpty();
	}

	/**
	 * Return whether it is closed by somebody, and nobody is inside any more.
	 */
	synchronized boolean isQuiet(Keeper keeper) {
		return this.closedBy.contains(keeper) && this.inside == 0;
	}

	synchronized boolean isClosedBy(Keeper keeper) {
		return this.closedBy.contains(keeper);
	}

	/**
	 * Return whether others serve in the place of this worker.
	 */
	synchronized boolean isHeld() {
		return this.held && this.closedBy.contains(Keeper.DAEMON);
	}

	/**
	 * Let nobody in any more, without waiting for those who are inside.
	 * @return whether this keeper had not closed it before
	 */
	synchronized boolean close(Keeper keeper) {
		return !this.openForGood && this.closedBy.add(keeper);
	}

	/**
	 * Let nobody in any more, as the daemon wants.
	 * @param held whether others serve in the place of this worker meanwhile
	 * @return whether the daemon had not closed it before
	 */
	synchronized boolean close(boolean held) {
		this.held = held;
		return close(Keeper.DAEMON);
	}

	/**
	 * Wait until nobody is inside, or the gate is open.
	 * @return whether nobody is inside a gate that is closed
	 */
	synchronized boolean awaitQuiet(Duration timeout) throws InterruptedException {
		long deadline = System.nanoTime() + timeout.toNanos();
		while (!isOpen() && this.inside > 0 && System.nanoTime() < deadline) {
			TimeUnit.NANOSECONDS.timedWait(this, deadline - System.nanoTime());
		}
		return !isOpen() && this.inside == 0;
	}

	/**
	 * Let those in who come, unless somebody else has closed the gate, too.
	 * @return whether this keeper had closed it
	 */
	synchronized boolean open(Keeper keeper) {
		boolean closed = this.closedBy.remove(keeper);
		notifyAll();
		return closed;
	}

	/**
	 * Let in all who come from now on: those who are told to end do so inside.
	 */
	synchronized void openForGood() {
		this.openForGood = true;
		this.closedBy.clear();
		notifyAll();
	}

	/**
	 * Who can close the gate.
	 */
	enum Keeper {

		/**
		 * The daemon, which has quiesced the worker.
		 */
		DAEMON,

		/**
		 * The application, which refuses traffic.
		 */
		APPLICATION

	}

}
