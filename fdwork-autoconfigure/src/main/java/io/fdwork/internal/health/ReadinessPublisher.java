package io.fdwork.internal.health;

import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import io.fdwork.integration.event.FdworkEvent;

import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;

/**
 * Joins the readiness of the application with that of the daemon or the worker: these are
 * told what the application says of itself, and while it accepts traffic and they can
 * serve no work, it is said that traffic is refused.
 */
public class ReadinessPublisher implements ApplicationListener<ApplicationEvent> {

	private final ApplicationContext context;

	private final BooleanSupplier ready;

	private final Consumer<Boolean> role;

	private boolean accepting;

	private boolean published;

	/**
	 * Create a publisher.
	 * @param context the application
	 * @param ready tells whether work can be served
	 * @param role is told whether the application accepts traffic, and not what is said
	 * here
	 */
	public ReadinessPublisher(ApplicationContext context, BooleanSupplier ready, Consumer<Boolean> role) {
		this.context = context;
		this.ready = ready;
		this.role = role;
	}

	@Override
	public void onApplicationEvent(ApplicationEvent event) {
		if (event instanceof FdworkEvent) {
			publish();
		}
		else if (event instanceof AvailabilityChangeEvent<?> change && isOfApplication(change.getSource())
				&& change.getState() instanceof ReadinessState state) {
			boolean accepting = state == ReadinessState.ACCEPTING_TRAFFIC;
			// Not under the lock: a worker waits until it gets nothing
			this.role.accept(accepting);
			changed(accepting);
		}
	}

	/**
	 * The events of a child, a management context for instance, come here too.
	 */
	private boolean isOfApplication(Object source) {
		return source != this && (source == this.context || !(source instanceof ApplicationContext));
	}

	private synchronized void changed(boolean accepting) {
		this.accepting = accepting;
		this.published = accepting;
		publish();
	}

	/**
	 * Publish what holds now, if that has changed without an event.
	 */
	public void update() {
		publish();
	}

	private synchronized void publish() {
		// An application that refuses, or has not started, has said what there is to say
		if (!this.accepting) {
			return;
		}
		boolean ready = this.ready.getAsBoolean();
		if (this.published == ready) {
			return;
		}
		this.published = ready;
		this.context.publishEvent(new AvailabilityChangeEvent<>(this,
				(ready) ? ReadinessState.ACCEPTING_TRAFFIC : ReadinessState.REFUSING_TRAFFIC));
	}

}
