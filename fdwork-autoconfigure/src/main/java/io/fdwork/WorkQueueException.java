package io.fdwork;

/**
 * A request could not be put on its queue. The request is as it was before: it still owns
 * its descriptors, and the queue is unchanged.
 */
public class WorkQueueException extends RuntimeException {

	/**
	 * Create the exception.
	 * @param message what happened and what can be done
	 */
	public WorkQueueException(String message) {
		super(message);
	}

	/**
	 * Create the exception.
	 * @param message what happened and what can be done
	 * @param cause why
	 */
	public WorkQueueException(String message, Throwable cause) {
		super(message, cause);
	}

}
