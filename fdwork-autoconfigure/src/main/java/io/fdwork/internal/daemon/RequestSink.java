package io.fdwork.internal.daemon;

import java.util.function.BooleanSupplier;

import io.fdwork.WorkRequest;

/**
 * Takes the requests that listeners make of connections, and with them the duty to close
 * those that reach no queue.
 */
public interface RequestSink {

	/**
	 * Wait until there is room for another request, or until told to wait no longer.
	 * Called on the thread of a listener before it accepts a connection, so that none is
	 * in the hands of this process meanwhile.
	 * @param queue the queue of the listener
	 * @param goOn asked again and again whether to wait any longer
	 * @return whether there is room, as far as one can tell before the put
	 */
	boolean awaitRoom(String queue, BooleanSupplier goOn);

	/**
	 * Take a request. Called on the thread of a listener, which accepts nothing
	 * meanwhile: waits while there is no room.
	 * @param request the request, the sink's from now on
	 */
	void accept(WorkRequest request);

	/**
	 * Return whether requests go straight to their queues, so that nobody is passed over
	 * if workers accept themselves. Asked when the daemon has started.
	 * @return whether nothing of the application decides about them
	 */
	default boolean isStraight() {
		return true;
	}

	/**
	 * Return how many requests were dropped.
	 * @return the number since the start
	 */
	long dropped();

}
