package io.fdwork.integration.event;

import io.fdwork.WorkRequest;
import org.jspecify.annotations.Nullable;

/**
 * In the daemon: a request was dropped on its way to a queue, and its descriptors were
 * closed.
 */
public class RequestDroppedEvent extends FdworkEvent {

	private final WorkRequest request;

	private final String reason;

	/**
	 * Create the event.
	 * @param source where it happened
	 * @param request the request, closed
	 * @param reason the reason, for people
	 * @param cause what was thrown, if anything was
	 */
	public RequestDroppedEvent(Object source, WorkRequest request, String reason, @Nullable Throwable cause) {
		super(source, cause);
		this.request = request;
		this.reason = reason;
	}

	/**
	 * Return the request, closed.
	 * @return the request, closed
	 */
	public WorkRequest getRequest() {
		return this.request;
	}

	/**
	 * Return the reason, for people.
	 * @return the reason, for people
	 */
	public String getReason() {
		return this.reason;
	}

}
