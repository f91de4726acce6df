package io.fdwork.integration.event;

import io.fdwork.daemon.DaemonSnapshot;

/**
 * In the daemon: a worker has registered.
 */
public class WorkerJoinedEvent extends FdworkEvent {

	private final DaemonSnapshot.WorkerSnapshot worker;

	/**
	 * Create the event.
	 * @param source where it happened
	 * @param worker the worker
	 */
	public WorkerJoinedEvent(Object source, DaemonSnapshot.WorkerSnapshot worker) {
		super(source, null);
		this.worker = worker;
	}

	/**
	 * Return the worker.
	 * @return the worker
	 */
	public DaemonSnapshot.WorkerSnapshot getWorker() {
		return this.worker;
	}

}
