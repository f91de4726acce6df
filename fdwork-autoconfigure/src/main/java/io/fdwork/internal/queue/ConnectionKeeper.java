package io.fdwork.internal.queue;

import io.fdwork.WorkRequest;
import io.fdwork.internal.wire.Place;
import org.jspecify.annotations.Nullable;

/**
 * Holds the connections that are put on queues, so that they are not lost with the worker
 * that gets them. Called for each try of a put, while no other is made on the queue: must
 * not wait.
 */
public interface ConnectionKeeper {

	/**
	 * A request is about to be sent.
	 * @param queue where it is put
	 * @param request the request
	 * @param tabled whether all workers of the queue claim in the table what they get
	 * @return where its connection is, which is the caller's to cancel or to have sent;
	 * {@code null} for one that is not held
	 */
	@Nullable Place prepare(KernelQueue queue, WorkRequest request, boolean tabled);

	/**
	 * A request was not sent: its connection is what it was before.
	 * @param place what it was prepared with
	 */
	void cancel(Place place);

	/**
	 * A request was sent.
	 * @param place what it was prepared with
	 * @param request the request, whose connection is moved
	 * @param sequence its place in the order of the queue
	 */
	void sent(Place place, WorkRequest request, long sequence);

}
