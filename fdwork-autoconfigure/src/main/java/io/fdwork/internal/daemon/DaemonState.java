package io.fdwork.internal.daemon;

/**
 * Where a daemon is in its life. <pre>
 *  CREATED -> RUNNING -> STOPPING -> STOPPED
 *     +------------------------------^
 * </pre>
 */
public enum DaemonState {

	/**
	 * It has queues, and listens on nothing.
	 */
	CREATED,

	/**
	 * It accepts.
	 */
	RUNNING,

	/**
	 * It accepts no more, and waits for its queues to run empty.
	 */
	STOPPING,

	/**
	 * It has let go of everything.
	 */
	STOPPED;

	boolean canBecome(DaemonState next) {
		return switch (this) {
			case CREATED -> next == RUNNING || next == STOPPED;
			case RUNNING -> next == STOPPING;
			case STOPPING -> next == STOPPED;
			case STOPPED -> false;
		};
	}

}
