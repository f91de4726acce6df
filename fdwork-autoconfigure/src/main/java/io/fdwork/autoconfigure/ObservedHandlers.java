package io.fdwork.autoconfigure;

import io.fdwork.WorkHandler;
import io.fdwork.internal.observe.ObservedWorkHandler;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.context.ApplicationContext;
import org.springframework.util.ClassUtils;

/**
 * Has handlers observed where there is a registry for it, and leaves them as they are
 * elsewhere.
 */
final class ObservedHandlers {

	private static final boolean present = ClassUtils.isPresent("io.micrometer.observation.ObservationRegistry",
			ObservedHandlers.class.getClassLoader());

	private ObservedHandlers() {
	}

	static WorkHandler observed(WorkHandler handler, ApplicationContext context) {
		return (present) ? Observer.observed(handler, context) : handler;
	}

	/**
	 * What needs the classes.
	 */
	private static final class Observer {

		static WorkHandler observed(WorkHandler handler, ApplicationContext context) {
			ObservationRegistry registry = context.getBeanProvider(ObservationRegistry.class).getIfUnique();
			return (registry == null || registry.isNoop()) ? handler : new ObservedWorkHandler(handler, registry);
		}

	}

}
