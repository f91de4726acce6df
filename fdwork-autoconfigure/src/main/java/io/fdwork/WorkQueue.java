package io.fdwork;

import java.time.Duration;

/**
 * The put side of the daemon's queues.
 * <p>
 * All methods may be called by any number of platform threads. A put that succeeds has
 * moved the descriptors of the request to the kernel and closed them here, unless the
 * request {@linkplain WorkRequest.Builder#keepDescriptors() keeps} them; from then on the
 * caller may exit and the request is still served. A put that throws has changed nothing.
 */
public interface WorkQueue {

	/**
	 * Put a request, waiting for room as long as it takes.
	 * @param request the request; it names its queue
	 * @throws WorkQueueException if the queue is not known or is closed while waiting, or
	 * the thread is interrupted
	 */
	void put(WorkRequest request);

	/**
	 * Put a request, waiting for room for a time.
	 * @param request the request; it names its queue
	 * @param timeout how long to wait; zero not to wait at all
	 * @throws WorkQueueFullException if there was no room in time
	 * @throws WorkQueueException if the queue is not known or is closed while waiting, or
	 * the thread is interrupted
	 */
	void put(WorkRequest request, Duration timeout);

	/**
	 * Put a request on another queue than it names, waiting for room as long as it takes.
	 * @param queue the name of the queue
	 * @param request the request
	 * @throws WorkQueueException if the queue is not known or is closed while waiting, or
	 * the thread is interrupted
	 */
	void putOn(String queue, WorkRequest request);

}
