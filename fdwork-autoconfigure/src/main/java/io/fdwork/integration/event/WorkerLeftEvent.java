package io.fdwork.integration.event;

import io.fdwork.daemon.DaemonSnapshot;

/**
 * In the daemon: the connection of a worker has ended.
 */
public class WorkerLeftEvent extends FdworkEvent {

	private final DaemonSnapshot.WorkerSnapshot worker;

	private final String reason;

	/**
	 * Create the event.
	 * @param source where it happened
	 * @param worker the last state of the worker
	 * @param reason the reason, for people
	 */
	public WorkerLeftEvent(Object source, DaemonSnapshot.WorkerSnapshot worker, String reason) {
		super(source, null);
		this.worker = worker;
		this.reason = reason;
	}

	/**
	 * Return the last state of the worker.
	 * @return the last state of the worker
	 */
	public DaemonSnapshot.WorkerSnapshot getWorker() {
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
