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
	 * A queue is full, its own or the one that its connection is put on: clients wait in
	 * the backlog of the kernel.
	 */
	PAUSED,

	/**
	 * It accepts no more.
	 */
	CLOSED

}
