package io.fdwork.autoconfigure;

import java.util.List;

import io.fdwork.fleet.FleetOptions;
import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.ScalingRule;
import io.fdwork.fleet.WorkerExit;
import io.fdwork.integration.event.FleetChangedEvent;
import io.fdwork.integration.event.FleetRefreshedEvent;
import io.fdwork.integration.event.WorkerExitedEvent;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.fleet.FirstWorker;
import io.fdwork.internal.fleet.Fleet;
import io.fdwork.internal.fleet.FleetObserver;
import io.fdwork.internal.fleet.JarDirectories;
import io.fdwork.internal.fleet.WorkerCommand;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * The beans of a daemon that starts its workers itself.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnRole(Role.DAEMON)
@Conditional(OnFleetCondition.class)
class FleetConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(FleetConfiguration.class);

	@Bean
	@ConditionalOnMissingBean
	FleetOptions fdworkFleetOptions(FdworkProperties properties, Environment environment) {
		return new PropertiesMapper(properties, environment).fleetOptions();
	}

	@Bean
	WorkerCommand fdworkWorkerCommand(FdworkProperties properties, Environment environment,
			ObjectProvider<ApplicationArguments> arguments) {
		ApplicationArguments own = arguments.getIfAvailable();
		return workerCommand(properties, environment, (own != null) ? List.of(own.getSourceArgs()) : List.of());
	}

	static WorkerCommand workerCommand(FdworkProperties properties, Environment environment, List<String> arguments) {
		return new WorkerCommandFactory(properties, arguments, ManagementPort.isSeparate(environment))
			.create(logsJson(environment));
	}

	private static boolean logsJson(Environment environment) {
		return StringUtils.hasLength(environment.getProperty("logging.structured.format.console"))
				&& environment.getProperty("logging.console.enabled", Boolean.class, true);
	}

	@Bean
	JarDirectories fdworkJarDirectories(FdworkProperties properties, WorkerCommand command) {
		return new JarDirectories(properties.getDaemon().getFleet().getJarDirectories(), command.jar());
	}

	@Bean
	@ConditionalOnMissingBean
	ScalingRule fdworkScalingRule(FdworkProperties properties, Environment environment) {
		return new PropertiesMapper(properties, environment).scalingRule();
	}

	@Bean
	Fleet fdworkFleet(FleetOptions options, Daemon daemon, WorkerCommand command, ScalingRule rule,
			DaemonDirectory directory, ObjectProvider<FirstWorker> first, ApplicationEventPublisher events) {
		return Fleet.of(options, daemon, command, rule, new EventPublishingObserver(new EventPublisher(events)),
				directory.path(), first.getIfAvailable());
	}

	/**
	 * Publishes what becomes of the fleet.
	 */
	private record EventPublishingObserver(EventPublisher events) implements FleetObserver {

		@Override
		public void exited(WorkerExit exit) {
			switch (exit.reason()) {
				case EARLY, START_TIMEOUT, CRASHED, HUNG, DRAIN_TIMEOUT -> logger.warn("{}", exit.describe());
				default -> logger.info("{}", exit.describe());
			}
			this.events.publish(new WorkerExitedEvent(this, exit));
		}

		@Override
		public void changed(FleetSnapshot snapshot) {
			logger.info("The fleet is {}{}", snapshot.state(),
					(snapshot.reason() != null) ? ": " + snapshot.reason() : "");
			this.events.publish(new FleetChangedEvent(this, snapshot));
		}

		@Override
		public void refreshed(FleetSnapshot.Refresh refresh) {
			this.events.publish(new FleetRefreshedEvent(this, refresh));
		}

	}

}
