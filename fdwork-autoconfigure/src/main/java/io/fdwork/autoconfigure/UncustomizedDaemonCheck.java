package io.fdwork.autoconfigure;

import java.util.List;

import io.fdwork.daemon.DaemonCustomizer;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.daemon.UnknownQueueException;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Refuses, before any bean of the application is there, what only a
 * {@link DaemonCustomizer} could make right, when there is none.
 */
final class UncustomizedDaemonCheck implements BeanFactoryPostProcessor {

	/**
	 * The name of the bean that is made of the properties.
	 */
	private static final String OPTIONS = "fdworkDaemonOptions";

	private final Environment environment;

	UncustomizedDaemonCheck(Environment environment) {
		this.environment = environment;
	}

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		if (isCustomized(beanFactory)) {
			return;
		}
		FdworkProperties properties = Binder.get(this.environment).bindOrCreate("fdwork", FdworkProperties.class);
		DaemonOptions options = new PropertiesMapper(properties, this.environment).daemonOptions();
		for (DaemonOptions.ListenerOptions listener : options.getListeners()) {
			if (!options.getQueueCapacities().containsKey(listener.queue())) {
				throw new UnknownQueueException(listener.queue(), options.getQueueCapacities().keySet());
			}
		}
		DaemonDirectory.checkMode(properties.directoryOrDefault(),
				!options.getAllowedUids().isEmpty() || !options.getAllowedGids().isEmpty());
	}

	private static boolean isCustomized(ConfigurableListableBeanFactory beanFactory) {
		return beanFactory.getBeanNamesForType(DaemonCustomizer.class, true, false).length > 0
				|| !List.of(beanFactory.getBeanNamesForType(DaemonOptions.class, true, false)).equals(List.of(OPTIONS));
	}

}
