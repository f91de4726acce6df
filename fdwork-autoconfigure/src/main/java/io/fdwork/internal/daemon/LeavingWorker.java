package io.fdwork.internal.daemon;

import io.fdwork.internal.wire.ControlMessage;

/**
 * A worker that was told to end by a signal, and serves until it is let go.
 */
public interface LeavingWorker {

	/**
	 * Return its last state.
	 * @return the state
	 */
	DaemonSnapshot.WorkerSnapshot snapshot();

	/**
	 * Return whether a queue would be left to nobody: no other worker gets from it that
	 * was not told to end, too.
	 * @return whether it is the last one
	 */
	boolean isLast();

	/**
	 * Answer it.
	 * @param answer an order to drain, or a {@link ControlMessage.Stay}
	 */
	void answer(ControlMessage answer);

}
