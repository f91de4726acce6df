package io.fdwork.autoconfigure;

import io.fdwork.integration.event.FdworkEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.ApplicationEventPublisher;

/**
 * Publishes events on threads that must not end because a listener fails.
 */
final class EventPublisher {

	private static final Logger logger = LoggerFactory.getLogger(EventPublisher.class);

	private final ApplicationEventPublisher publisher;

	EventPublisher(ApplicationEventPublisher publisher) {
		this.publisher = publisher;
	}

	void publish(FdworkEvent event) {
		try {
			this.publisher.publishEvent(event);
		}
		catch (RuntimeException | Error ex) {
			logger.error("A listener failed for {}", event, ex);
		}
	}

}
