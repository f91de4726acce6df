package io.fdwork.internal.health;

import java.util.function.BooleanSupplier;

import io.fdwork.integration.event.FdworkEvent;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;

/**
 * Makes the readiness of the application follow the daemon or the worker: traffic is
 * refused while no work can be served.
 */
public class ReadinessPublisher implements ApplicationListener<ApplicationEvent> {

	private final ApplicationContext context;

	private final BooleanSupplier ready;

	private boolean started;

	private @Nullable Boolean published;

	/**
	 * Create a publisher.
	 * @param context where readiness is published
	 * @param ready tells whether work can be served
	 */
	public ReadinessPublisher(ApplicationContext context, BooleanSupplier ready) {
		this.context = context;
		this.ready = ready;
	}

	@Override
	public synchronized void onApplicationEvent(ApplicationEvent event) {
		if (event instanceof FdworkEvent && this.started) {
			publish();
		}
		else if (event instanceof AvailabilityChangeEvent<?> change && change.getSource() != this
				&& change.getState() == ReadinessState.ACCEPTING_TRAFFIC) {
			// Boot says so when the application has started,
			// whether or not work can be served
			this.started = true;
			this.published = true;
			publish();
		}
	}

	/**
	 * Publish what holds now, if that has changed without an event.
	 */
	public synchronized void update() {
		if (this.started) {
			publish();
		}
	}

	private void publish() {
		boolean ready = this.ready.getAsBoolean();
		if (this.published != null && this.published == ready) {
			return;
		}
		this.published = ready;
		this.context.publishEvent(new AvailabilityChangeEvent<>(this,
				(ready) ? ReadinessState.ACCEPTING_TRAFFIC : ReadinessState.REFUSING_TRAFFIC));
	}

}
