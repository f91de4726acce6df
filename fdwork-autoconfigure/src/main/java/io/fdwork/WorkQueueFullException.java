package io.fdwork;

/**
 * A queue had no room for a request in the time that was given.
 */
public class WorkQueueFullException extends WorkQueueException {

	/**
	 * Create the exception.
	 * @param queue the name of the queue
	 * @param capacity how many requests it takes
	 */
	public WorkQueueFullException(String queue, int capacity) {
		super("Queue '" + queue + "' is full: it holds " + capacity
				+ " requests. Add workers, or raise fdwork.daemon.queues." + queue + ".capacity");
	}

}
