package io.fdwork.autoconfigure;

import org.springframework.aot.AotDetector;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationListener;

/**
 * Refuses to start with beans that were chosen ahead of time for another role: nothing
 * would say that those of this role are not there, and a worker would bind the port of
 * the application.
 * <p>
 * Contexts that have nothing of fdwork, such as a parent of that of the application, are
 * left as they are.
 */
class AheadOfTimeRoleListener implements ApplicationListener<ApplicationPreparedEvent> {

	@Override
	public void onApplicationEvent(ApplicationPreparedEvent event) {
		ConfigurableListableBeanFactory beans = event.getApplicationContext().getBeanFactory();
		if (!AotDetector.useGeneratedArtifacts() || !has(beans, FdworkAutoConfiguration.class)) {
			return;
		}
		Role chosen = (has(beans, DaemonConfiguration.class)) ? Role.DAEMON
				: (has(beans, WorkerConfiguration.class)) ? Role.WORKER : Role.NONE;
		Role role = Binder.get(event.getApplicationContext().getEnvironment())
			.bind("fdwork.role", Role.class)
			.orElse(Role.NONE);
		if (role != chosen) {
			throw new AheadOfTimeRoleException(chosen, role);
		}
	}

	private static boolean has(ConfigurableListableBeanFactory beans, Class<?> configuration) {
		return beans.containsBeanDefinition(configuration.getName());
	}

}
