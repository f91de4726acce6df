package io.fdwork.autoconfigure;

import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.Departures;
import io.fdwork.internal.fleet.Fleet;
import io.fdwork.internal.health.DaemonHealthIndicator;
import io.fdwork.internal.health.HealthProbe;
import io.fdwork.internal.health.WorkerHealthIndicator;
import io.fdwork.internal.worker.ApplicationProbes;
import io.fdwork.internal.worker.Worker;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the health of the daemon or the worker.
 */
@AutoConfiguration(after = FdworkAutoConfiguration.class)
@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnEnabledHealthIndicator("fdwork")
public final class FdworkHealthAutoConfiguration {

	@Bean
	@ConditionalOnBean(Daemon.class)
	@ConditionalOnMissingBean(name = "fdworkHealthIndicator")
	DaemonHealthIndicator fdworkHealthIndicator(Daemon daemon, ObjectProvider<Fleet> fleet, Departures departures) {
		return new DaemonHealthIndicator(daemon, fleet.getIfAvailable(), departures);
	}

	@Bean("fdworkHealthIndicator")
	@ConditionalOnBean(Worker.class)
	@ConditionalOnMissingBean(name = "fdworkHealthIndicator")
	WorkerHealthIndicator fdworkWorkerHealthIndicator(Worker worker) {
		return new WorkerHealthIndicator(worker);
	}

	@Bean
	@ConditionalOnBean(Worker.class)
	ApplicationProbes.Health fdworkHealthProbe(ObjectProvider<HealthEndpoint> health) {
		return new HealthProbe(health::getIfAvailable);
	}

}
