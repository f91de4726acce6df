package io.fdwork.internal.daemon;

import java.util.function.Consumer;

import io.fdwork.internal.wire.ControlMessage;

/**
 * Is told when workers come and go, and asked by those that were told to go. Called on the thread of the control connection; must
 * not block for long.
 */
public interface WorkerObserver {

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
	 * @param worker its last state
	 * @param answer takes the answer, now or later: an order to drain, or a
	 * {@link ControlMessage.Stay}
	 */
	default void toldToEnd(DaemonSnapshot.WorkerSnapshot worker, Consumer<ControlMessage> answer) {
		answer.accept(ControlMessage.Order.of(ControlMessage.Order.Kind.DRAIN));
	}

	/**
	 * The connection of a worker has ended.
	 * @param worker its last state
	 * @param reason why, for people
	 */
	void left(DaemonSnapshot.WorkerSnapshot worker, String reason);

}
