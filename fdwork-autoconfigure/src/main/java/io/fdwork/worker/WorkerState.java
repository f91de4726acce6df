package io.fdwork.worker;

import java.util.Set;

/**
 * Where a worker is in its life. <pre>{@code
 *  CONNECTING --> READY ------> DRAINING -> STOPPED   (READY <-> QUIESCED)
 *      |          |   ^         ^      ^
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
	 * The daemon has gone. It serves on, and gets what is left in the queue that it
	 * holds.
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
	 * Return whether a worker may go from this state to another.
	 * @param next the other state
	 * @return whether it may
	 */
	public boolean canBecome(WorkerState next) {
		return switch (this) {
			case CONNECTING -> Set.of(READY, DRAINING).contains(next);
			case READY -> Set.of(QUIESCED, DISCONNECTED, DRAINING).contains(next);
			case QUIESCED -> Set.of(READY, DISCONNECTED, DRAINING).contains(next);
			case DISCONNECTED -> Set.of(READY, DRAINING).contains(next);
			case DRAINING -> next == STOPPED;
			case STOPPED, UNRESPONSIVE, UNKNOWN -> false;
		};
	}

}
