package io.fdwork.sample;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.stereotype.Component;

/**
 * Says when the application begins to close, for what has no end of its own: an event
 * stream or a WebSocket would hold up the stop until its time is over.
 */
@Component
class Closing implements ApplicationListener<ContextClosedEvent> {

	private final Sinks.Empty<Void> begun = Sinks.empty();

	@Override
	public void onApplicationEvent(ContextClosedEvent event) {
		this.begun.tryEmitEmpty();
	}

	/**
	 * Return what completes when the application begins to close, or at once if it has.
	 */
	Mono<Void> begun() {
		return this.begun.asMono();
	}

}
