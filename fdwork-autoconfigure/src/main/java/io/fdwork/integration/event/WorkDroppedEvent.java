package io.fdwork.integration.event;

import io.fdwork.Work;
import org.jspecify.annotations.Nullable;

/**
 * In a worker: a work was dropped on its way to a handler, and its descriptors were
 * closed.
 */
public class WorkDroppedEvent extends FdworkEvent {

	private final Work work;

	private final String reason;

	/**
	 * Create the event.
	 * @param source where it happened
	 * @param work the work, ended
	 * @param reason the reason, for people
	 * @param cause what was thrown, if anything was
	 */
	public WorkDroppedEvent(Object source, Work work, String reason, @Nullable Throwable cause) {
		super(source, cause);
		this.work = work;
		this.reason = reason;
	}

	/**
	 * Return the work, ended.
	 * @return the work, ended
	 */
	public Work getWork() {
		return this.work;
	}

	/**
	 * Return the reason, for people.
	 * @return the reason, for people
	 */
	public String getReason() {
		return this.reason;
	}

}
