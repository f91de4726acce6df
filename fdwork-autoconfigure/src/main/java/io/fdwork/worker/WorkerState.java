package io.fdwork.worker;

import java.util.Set;

/**
 * Where a worker is in its life. <pre>{@code
 *  CONNECTING --> READY ------> DRAINING -> STOPPED   (READY <-> QUIESCED,
 *      |          |   ^         ^      ^               READY <-> REFUSING)
 *      |          v   |         |      |
 *      |      DISCONNECTED -----+      |
 *      +-------------------------------+
 * }</pre>
 */
public enum WorkerState {

	/**
	 * It looks for the daemon and has nothing to get from.
	 */
	CONNECTING,

	/**
	 * It gets works and reports to the daemon.
	 */
	READY,

	/**
	 * It gets nothing until the daemon tells it to go on, and finishes what is in hand.
	 */
	QUIESCED,

	/**
	 * It gets nothing while its application refuses traffic, as it does until it has
	 * started, and finishes what is in hand.
	 */
	REFUSING,

	/**
	 * The daemon has gone. It serves on, and gets what is left in the queue that it
	 * holds, unless its application refuses traffic.
	 */
	DISCONNECTED,

	/**
	 * It gets no more works and finishes those in hand.
	 */
	DRAINING,

	/**
	 * It has nothing in hand and gets nothing any more.
	 */
	STOPPED,

	/**
	 * Only the daemon says this of a worker: it is connected but has not reported in
	 * time.
	 */
	UNRESPONSIVE,

	/**
	 * Only the daemon says this of a worker: it has a newer version, and is in a state
	 * that the daemon does not know.
	 */
	UNKNOWN;

	/**
	 * Return whether a worker gets works, or will when the daemon tells it to.
	 * @return whether it does
	 */
	public boolean isServing() {
		return this == READY || this == QUIESCED;
	}

	/**
	 * Return whether a worker may go from this state to another.
	 * @param next the other state
	 * @return whether it may
	 */
	public boolean canBecome(WorkerState next) {
		return switch (this) {
			case CONNECTING, DISCONNECTED -> Set.of(READY, QUIESCED, REFUSING, DRAINING).contains(next);
			case READY, QUIESCED, REFUSING ->
				next != this && Set.of(READY, QUIESCED, REFUSING, DISCONNECTED, DRAINING).contains(next);
			case DRAINING -> next == STOPPED;
			case STOPPED, UNRESPONSIVE, UNKNOWN -> false;
		};
	}

}
