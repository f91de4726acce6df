package io.fdwork.internal.fleet;

import java.util.Set;

import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.OrderKind;

/**
 * What a fleet has a daemon tell the workers. Waits for none of them.
 */
interface WorkerOrders {

	/**
	 * Tell a worker to finish what it has in hand and to exit.
	 * @param id its id
	 */
	void drain(long id);

	/**
	 * Tell a worker to look at the health of its application and to report it.
	 * @param id its id
	 */
	void examine(long id);

	/**
	 * Let workers get nothing and stay as they are, until this is called without them.
	 * @param processes their processes
	 */
	void hold(Set<ProcessIdentity> processes);

	/**
	 * Return the orders of a daemon.
	 */
	static WorkerOrders of(Daemon daemon) {
		return new WorkerOrders() {

			@Override
			public void drain(long id) {
				daemon.order(id, OrderKind.DRAIN);
			}

			@Override
			public void examine(long id) {
				daemon.order(id, OrderKind.EXAMINE);
			}

			@Override
			public void hold(Set<ProcessIdentity> processes) {
				daemon.hold(processes);
			}

		};
	}

}
