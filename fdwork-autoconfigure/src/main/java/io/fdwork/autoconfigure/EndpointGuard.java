package io.fdwork.autoconfigure;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/**
 * Keeps a lean daemon from starting when what secures the endpoints in the application
 * was left out of it.
 */
final class EndpointGuard implements BeanFactoryPostProcessor, Ordered {

	private static final Logger logger = LoggerFactory.getLogger(EndpointGuard.class);

	/**
	 * Types that say who may use an endpoint, or what it shows.
	 */
	private static final List<String> GUARDS = List.of("org.springframework.security.web.SecurityFilterChain",
			"org.springframework.security.web.server.SecurityWebFilterChain",
			"org.springframework.security.web.FilterChainProxy",
			"org.springframework.security.web.server.WebFilterChainProxy",
			"org.springframework.boot.actuate.endpoint.SanitizingFunction",
			"org.springframework.boot.actuate.endpoint.EndpointFilter",
			"org.springframework.boot.actuate.endpoint.EndpointAccessResolver",
			"org.springframework.boot.actuate.endpoint.invoke.OperationInvokerAdvisor");

	/**
	 * Applies to the endpoints too on WebFlux, whatever it is for.
	 */
	private static final String FILTER = "org.springframework.web.server.WebFilter";

	private final Environment environment;

	EndpointGuard(Environment environment) {
		this.environment = environment;
	}

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		if (!ManagementPort.isReachable(this.environment)) {
			return;
		}
		Map<String, String> unmarked = LeanDaemon.of(beanFactory).unmarkedTypes();
		ClassLoader classLoader = beanFactory.getBeanClassLoader();
		for (String guard : GUARDS) {
			unmarked.forEach((type, where) -> {
				if (isOf(guard, type, classLoader) && !hasOwn(beanFactory, guard, classLoader)) {
					throw LeanDaemonException.unsecured(ClassUtils.getShortName(guard), where);
				}
			});
		}
		unmarked.forEach((type, where) -> {
			if (isOf(FILTER, type, classLoader)) {
				logger.warn("The WebFilter in {} does not filter requests to the endpoints of this daemon, as the "
						+ "daemon is lean. If it is to, mark the class with @ConditionalOnRole", where);
			}
		});
	}

	private static boolean isOf(String supertype, String type, @Nullable ClassLoader classLoader) {
		if (type.equals(supertype)) {
			return true;
		}
		if (!type.startsWith("org.springframework.")) {
			return false;
		}
		return ClassUtils.isPresent(supertype, classLoader) && ClassUtils.isPresent(type, classLoader)
				&& ClassUtils.resolveClassName(supertype, classLoader)
					.isAssignableFrom(ClassUtils.resolveClassName(type, classLoader));
	}

	/**
	 * Return whether there is one that is not of Boot, which backs off for it.
	 */
	private static boolean hasOwn(ConfigurableListableBeanFactory beanFactory, String type,
			@Nullable ClassLoader classLoader) {
		if (!ClassUtils.isPresent(type, classLoader)) {
			return false;
		}
		for (String name : beanFactory.getBeanNamesForType(ClassUtils.resolveClassName(type, classLoader), true,
				false)) {
			if (!beanFactory.containsBeanDefinition(name)) {
				return true;
			}
			String factory = beanFactory.getBeanDefinition(name).getFactoryBeanName();
			BeanDefinition source = (factory != null) ? beanFactory.getBeanDefinition(factory)
					: beanFactory.getBeanDefinition(name);
			String className = String.valueOf(source.getBeanClassName());
			if (!className.startsWith("org.springframework.boot.")
					&& !className.startsWith("org.springframework.security.")) {
				return true;
			}
		}
		return false;
	}

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

}
