package io.fdwork.internal.worker;

/**
 * What a worker can tell of the life of its daemon.
 */
public enum DaemonLife {

	/**
	 * It does its work: it has said so not long ago.
	 */
	ALIVE,

	/**
	 * It may live, but does not say that it does its work: it is stopped, hangs, or is
	 * about to end. What needs one owner is still its own, as it may go on at any moment.
	 */
	HUNG,

	/**
	 * Its process is gone, and does nothing any more.
	 */
	DEAD

}
