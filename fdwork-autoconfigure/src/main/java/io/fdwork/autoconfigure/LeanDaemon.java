package io.fdwork.autoconfigure;

import java.util.List;
import java.util.Map;
import java.util.Set;

import io.fdwork.daemon.DaemonApplication;
import io.fdwork.daemon.DaemonCustomizer;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.fleet.FleetOptions;
import io.fdwork.fleet.ScalingRule;
import io.fdwork.integration.inbound.RequestMessageProducer;
import io.fdwork.integration.outbound.PutMessageHandler;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * What is known of the application that a lean daemon does not create.
 *
 * @param exclusions the auto-configurations that it excludes
 * @param unmarkedTypes the types of its beans that are not marked for a role, each with
 * the name of a class where it is
 */
record LeanDaemon(Set<String> exclusions, Map<String, String> unmarkedTypes) {

	static final String PROPERTY = "fdwork.daemon.application";

	private static final List<Class<?>> OF_DAEMONS = List.of(DaemonCustomizer.class, DaemonOptions.class,
			FleetOptions.class, ScalingRule.class, RequestMessageProducer.class, PutMessageHandler.class);

	private static final String ATTRIBUTE = LeanDaemon.class.getName();

	/**
	 * Return whether the properties ask for a lean daemon.
	 */
	static boolean isWanted(Environment environment) {
		Binder binder = Binder.get(environment);
		return binder.bind("fdwork.role", Role.class).orElse(Role.NONE) == Role.DAEMON
				&& binder.bind(PROPERTY, DaemonApplication.class)
					.orElse(DaemonApplication.LEAN) == DaemonApplication.LEAN;
	}

	/**
	 * Fail where the properties ask for a lean daemon and the application is there all
	 * the same. A context that no {@code SpringApplication} runs has what it is given.
	 */
	static void check(ConfigurableListableBeanFactory beanFactory, Environment environment) {
		if (!is(beanFactory) && beanFactory.containsSingleton("springApplicationArguments") && isWanted(environment)) {
			throw LeanDaemonException.withoutSource();
		}
	}

	/**
	 * Return whether these are the beans of a lean daemon.
	 */
	static boolean is(@Nullable BeanFactory beanFactory) {
		return beanFactory instanceof ConfigurableListableBeanFactory beans
				&& beans.containsBeanDefinition(LeanConfiguration.BEAN_NAME);
	}

	/**
	 * Return what the beans of a lean daemon know of its application; nothing after
	 * ahead-of-time processing.
	 */
	static LeanDaemon of(ConfigurableListableBeanFactory beanFactory) {
		Object known = beanFactory.getBeanDefinition(LeanConfiguration.BEAN_NAME).getAttribute(ATTRIBUTE);
		return (known instanceof LeanDaemon lean) ? lean : new LeanDaemon(Set.of(), Map.of());
	}

	/**
	 * Fail where a bean is of a type that nobody but a daemon has a use for, and would
	 * not be there.
	 */
	void requireMarks() {
		for (Class<?> type : OF_DAEMONS) {
			String where = this.unmarkedTypes.get(type.getName());
			if (where != null) {
				throw LeanDaemonException.unmarked(type.getSimpleName(), where);
			}
		}
	}

	/**
	 * Keep this with the definition of the configuration of a lean daemon.
	 */
	void keepIn(BeanDefinition definition) {
		definition.setAttribute(ATTRIBUTE, this);
	}

}
