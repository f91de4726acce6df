package io.fdwork.integration.event;

import io.fdwork.daemon.DaemonSnapshot;

/**
 * In the daemon: a worker has reported another state than before.
 */
public class WorkerChangedEvent extends FdworkEvent {

	private final DaemonSnapshot.WorkerSnapshot worker;

	/**
	 * Create the event.
	 * @param source where it happened
	 * @param worker the worker
	 */
	public WorkerChangedEvent(Object source, DaemonSnapshot.WorkerSnapshot worker) {
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
