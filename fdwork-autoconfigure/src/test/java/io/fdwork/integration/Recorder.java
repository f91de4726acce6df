package io.fdwork.integration;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.fdwork.integration.event.FdworkEvent;

import org.springframework.context.ApplicationListener;

/**
 * Records the events of a context.
 */
public final class Recorder implements ApplicationListener<FdworkEvent> {

	private final List<FdworkEvent> events = new CopyOnWriteArrayList<>();

	@Override
	public void onApplicationEvent(FdworkEvent event) {
		this.events.add(event);
	}

	/**
	 * Return the events of a type.
	 * @param <T> the type
	 * @param type the type
	 * @return the events so far, in order
	 */
	public <T extends FdworkEvent> List<T> events(Class<T> type) {
		return this.events.stream().filter(type::isInstance).map(type::cast).toList();
	}

}
