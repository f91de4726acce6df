package io.fdwork.integration.event;

import io.fdwork.worker.WorkerInfo;

/**
 * In the daemon: the connection of a worker has ended.
 */
public class WorkerLeftEvent extends FdworkEvent {

	private final WorkerInfo worker;

	private final String reason;

	/**
	 * Create the event.
	 * @param source where it happened
	 * @param worker the last state of the worker
	 * @param reason the reason, for people
	 */
	public WorkerLeftEvent(Object source, WorkerInfo worker, String reason) {
		super(source, null);
		this.worker = worker;
		this.reason = reason;
	}

	/**
	 * Return the last state of the worker.
	 * @return the last state of the worker
	 */
	public WorkerInfo getWorker() {
		return this.worker;
	}

	/**
	 * Return the reason, for people.
	 * @return the reason, for people
	 */
	public String getReason() {
		return this.reason;
	}

}
