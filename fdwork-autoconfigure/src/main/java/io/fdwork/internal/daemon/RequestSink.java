package io.fdwork.internal.daemon;

import io.fdwork.WorkRequest;

/**
 * Takes the requests that listeners make of connections, and with them the duty to close
 * those that reach no queue.
 */
public interface RequestSink {

	/**
	 * Take a request. Called on the thread of a listener, which accepts nothing meanwhile:
	 * waits while there is no room.
	 * @param request the request, the sink's from now on
	 */
	void accept(WorkRequest request);

	/**
	 * Return how many requests were dropped.
	 * @return the number since the start
	 */
	long dropped();

}
