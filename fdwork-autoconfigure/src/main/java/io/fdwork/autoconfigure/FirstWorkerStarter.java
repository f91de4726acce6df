package io.fdwork.autoconfigure;

import java.util.List;

import io.fdwork.daemon.DaemonOptions;
import io.fdwork.fleet.FleetOptions;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.fleet.FirstWorker;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.DefaultSingletonBeanRegistry;
import org.springframework.boot.context.event.ApplicationFailedEvent;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.boot.context.event.SpringApplicationEvent;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationListener;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.core.Ordered;
import org.springframework.core.SpringProperties;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Starts the first worker of a fleet before the context of the daemon: clients wait for
 * the worker, and not longer for both.
 */
class FirstWorkerStarter implements ApplicationListener<SpringApplicationEvent>, Ordered {

	private static final Logger logger = LoggerFactory.getLogger(FirstWorkerStarter.class);

	private static final String BEAN = "fdworkFirstWorker";

	private @Nullable FirstWorker first;

	@Override
	public void onApplicationEvent(SpringApplicationEvent event) {
		if (event instanceof ApplicationPreparedEvent prepared && isRun() && this.first == null) {
			start(prepared);
		}
		else if (this.first != null
				&& (event instanceof ApplicationFailedEvent || event instanceof ApplicationStartedEvent)) {
			// Who wanted it has it by now
			this.first.close();
			this.first = null;
		}
	}

	/**
	 * Return whether the application is started to be run, and not to be looked at.
	 */
	private static boolean isRun() {
		return SpringProperties.getProperty("spring.context.exit") == null
				&& !Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING);
	}

	private void start(ApplicationPreparedEvent event) {
		ConfigurableEnvironment environment = event.getApplicationContext().getEnvironment();
		DaemonDirectory directory = null;
		try {
			FdworkProperties properties = Binder.get(environment).bindOrCreate("fdwork", FdworkProperties.class);
			if (properties.getRole() != Role.DAEMON || properties.getDaemon().getFleet().getMin() == 0) {
				return;
			}
			PropertiesMapper mapper = new PropertiesMapper(properties, environment);
			FleetOptions fleet = mapper.fleetOptions();
			boolean shared = isShared(mapper.daemonOptions());
			directory = DaemonDirectory.open(properties.directoryOrDefault(), shared);
			this.first = FirstWorker.start(
					FleetConfiguration.workerCommand(properties, environment, List.of(event.getArgs())),
					fleet.startTimeout(), directory, shared);
		}
		catch (RuntimeException ex) {
			// The daemon itself says it better
			logger.debug("No worker is started before the daemon", ex);
		}
		if (this.first != null) {
			offer(this.first, event.getApplicationContext().getBeanFactory());
		}
		else if (directory != null) {
			directory.close();
		}
	}

	static boolean isShared(DaemonOptions options) {
		return !options.getAllowedUids().isEmpty() || !options.getAllowedGids().isEmpty();
	}

	/**
	 * Before who looks, after a start that has failed, which workers are left.
	 */
	@Override
	public int getOrder() {
		return 0;
	}

	private static void offer(FirstWorker first, ConfigurableListableBeanFactory beans) {
		beans.registerSingleton(BEAN, first);
		if (beans instanceof DefaultSingletonBeanRegistry registry) {
			// The first one is the last that is destroyed
			registry.registerDisposableBean(BEAN, first::close);
		}
	}

}
