package io.fdwork.internal.daemon;

import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.OrderKind;

/**
 * Is told when workers come and go, and asked by those that were told to go. Called on
 * the thread of the control connection; must not block for long.
 */
public interface WorkerObserver {

	/**
	 * Why workers have left that were told that the daemon stops.
	 */
	String DAEMON_STOPPED = "the daemon has stopped";

	/**
	 * A worker has registered.
	 * @param worker what it said
	 */
	void joined(DaemonSnapshot.WorkerSnapshot worker);

	/**
	 * A worker has reported another state than before.
	 * @param worker its state now
	 */
	default void changed(DaemonSnapshot.WorkerSnapshot worker) {
		// Nothing to do for who counts workers only
	}

	/**
	 * A worker was told to end by a signal, and asks whether it may.
	 * @param worker the worker, to be answered now or later
	 */
	default void toldToEnd(LeavingWorker worker) {
		worker.answer(ControlMessage.Order.of(OrderKind.DRAIN));
	}

	/**
	 * The connection of a worker has ended.
	 * @param worker its last state
	 * @param reason why, for people
	 */
	void left(DaemonSnapshot.WorkerSnapshot worker, String reason);

}
