package io.fdwork.integration.event;

import io.fdwork.worker.WorkerInfo;

/**
 * In the daemon: a worker has registered.
 */
public class WorkerJoinedEvent extends FdworkEvent {

	private final WorkerInfo worker;

	/**
	 * Create the event.
	 * @param source where it happened
	 * @param worker the worker
	 */
	public WorkerJoinedEvent(Object source, WorkerInfo worker) {
		super(source, null);
		this.worker = worker;
	}

	/**
	 * Return the worker.
	 * @return the worker
	 */
	public WorkerInfo getWorker() {
		return this.worker;
	}

}
