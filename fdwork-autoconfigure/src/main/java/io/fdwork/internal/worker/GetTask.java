package io.fdwork.internal.worker;

/**
 * Something that gets from a queue until it is told to end: a thread of its own, or an
 * event loop beside what else it does.
 */
interface GetTask {

	/**
	 * Return what is got, and how it is told to end.
	 */
	GetLoop gets();

	void start();

	/**
	 * Look at once whether something has changed, instead of soon.
	 */
	void wake();

	/**
	 * Look at once, if it was a permit that was missing.
	 */
	void permitReleased();

	/**
	 * Leave the line of those who wait for a work, as there is no permit to serve one.
	 */
	void permitsExhausted();

	/**
	 * Return whether it has not looked for so long that most likely something else holds
	 * it up.
	 */
	boolean isBlocked();

	/**
	 * Return whether nothing is got any more.
	 */
	boolean isOver();

	/**
	 * Wait until nothing is got any more.
	 * @param deadlineNanos until when to wait
	 */
	void join(long deadlineNanos) throws InterruptedException;

}
