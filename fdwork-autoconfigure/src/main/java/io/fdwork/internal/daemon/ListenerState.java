package io.fdwork.internal.daemon;

/**
 * Whether a listener accepts.
 */
public enum ListenerState {

	/**
	 * It accepts.
	 */
	LISTENING,

	/**
	 * Its queue is full: clients wait in the backlog of the kernel.
	 */
	PAUSED,

	/**
	 * It accepts no more.
	 */
	CLOSED

}
