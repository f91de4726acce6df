package io.fdwork.integration.event;

/**
 * In a worker: it gets no more works and finishes those in hand.
 */
public class WorkerDrainingEvent extends FdworkEvent {

	/**
	 * Create the event.
	 * @param source where it happened
	 */
	public WorkerDrainingEvent(Object source) {
		super(source, null);
	}

}
