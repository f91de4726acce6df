package io.fdwork.docs.web;

import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/**
 * In a worker: something that must not be disturbed by requests.
 */
@Component
public class Maintenance {

	private final ApplicationEventPublisher events;

	public Maintenance(ApplicationEventPublisher events) {
		this.events = events;
	}

	// tag::refuse[]
	public void run(Runnable task) {
		AvailabilityChangeEvent.publish(this.events, this, ReadinessState.REFUSING_TRAFFIC);
		try {
			task.run();
		}
		finally {
			AvailabilityChangeEvent.publish(this.events, this, ReadinessState.ACCEPTING_TRAFFIC);
		}
	}
	// end::refuse[]

}
