package io.fdwork.autoconfigure;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Lets a daemon create what Spring Boot has auto-configured for the web, the endpoints
 * and the meters when it is asked for: the main web server of a daemon serves nothing,
 * and the daemon accepts before its endpoints are there. Beans of the application are not
 * touched.
 * <p>
 * Where {@code spring.main.lazy-initialization} is set, whatever to, that decides alone.
 */
final class LazyWebBeans implements BeanFactoryPostProcessor, Ordered {

	private static final String LAZY_INITIALIZATION = "spring.main.lazy-initialization";

	private static final String BOOT = "org.springframework.boot.";

	/**
	 * The modules of Boot, of which each bean can be lazy: Boot says so of all with the
	 * property, but others, such as those of a database, do something when they are
	 * created.
	 */
	private static final List<String> MODULES = List.of("webflux.", "webmvc.", "http.", "jackson.", "reactor.",
			"actuate.", "health.", "micrometer.");

	private static final String PORTLESS = "io.fdwork.internal.serve.reactor.Portless";

	private final Environment environment;

	LazyWebBeans(Environment environment) {
		this.environment = environment;
	}

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		if (this.environment.containsProperty(LAZY_INITIALIZATION)) {
			return;
		}
		for (String name : beanFactory.getBeanDefinitionNames()) {
			if (beanFactory.getBeanDefinition(name) instanceof AbstractBeanDefinition definition
					&& definition.getLazyInit() == null && isOptional(beanFactory, name, definition)) {
				definition.setLazyInit(true);
			}
		}
	}

	private static boolean isOptional(ConfigurableListableBeanFactory beanFactory, String name,
			AbstractBeanDefinition definition) {
		Class<?> type = beanFactory.getType(name, false);
		if (type == null || SmartInitializingSingleton.class.isAssignableFrom(type)) {
			return false;
		}
		// WebFlux creates the handlers when a lazy
		// server gets its first request, so never
		return type.getName().startsWith(PORTLESS) || isOfBoot(source(beanFactory, definition))
				|| isOfBoot(definition.getBeanClassName());
	}

	/**
	 * Return the class that has the method of the bean.
	 */
	private static @Nullable String source(ConfigurableListableBeanFactory beanFactory, BeanDefinition definition) {
		String factory = definition.getFactoryBeanName();
		return (factory != null && beanFactory.containsBeanDefinition(factory))
				? beanFactory.getBeanDefinition(factory).getBeanClassName() : null;
	}

	private static boolean isOfBoot(@Nullable String className) {
		return className != null && className.startsWith(BOOT)
				&& MODULES.stream().anyMatch((module) -> className.startsWith(module, BOOT.length()));
	}

	/**
	 * Comes after those that add definitions.
	 */
	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

}
