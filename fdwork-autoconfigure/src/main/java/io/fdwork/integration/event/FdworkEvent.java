package io.fdwork.integration.event;

import org.jspecify.annotations.Nullable;

import org.springframework.integration.events.IntegrationEvent;

/**
 * Something happened in the daemon or the worker.
 */
public abstract class FdworkEvent extends IntegrationEvent {

	/**
	 * Create the event.
	 * @param source where it happened
	 * @param cause why, if something failed
	 */
	protected FdworkEvent(Object source, @Nullable Throwable cause) {
		super(source, cause);
	}

}
