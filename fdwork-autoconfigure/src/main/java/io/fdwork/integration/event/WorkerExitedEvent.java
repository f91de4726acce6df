package io.fdwork.integration.event;

import io.fdwork.fleet.WorkerExit;

/**
 * In the daemon: a worker that the daemon had started has ended.
 */
public class WorkerExitedEvent extends FdworkEvent {

	private final WorkerExit exit;

	/**
	 * Create the event.
	 * @param source where it happened
	 * @param exit how it ended
	 */
	public WorkerExitedEvent(Object source, WorkerExit exit) {
		super(source, null);
		this.exit = exit;
	}

	/**
	 * Return how it ended.
	 * @return how it ended
	 */
	public WorkerExit getExit() {
		return this.exit;
	}

}
