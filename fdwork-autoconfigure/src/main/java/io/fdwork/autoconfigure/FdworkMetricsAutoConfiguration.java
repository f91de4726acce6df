package io.fdwork.autoconfigure;

import io.fdwork.daemon.Daemon;
import io.fdwork.fleet.Fleet;
import io.fdwork.integration.event.WorkerJoinedEvent;
import io.fdwork.integration.event.WorkerLeftEvent;
import io.fdwork.metrics.DaemonMeters;
import io.fdwork.metrics.HttpRequests;
import io.fdwork.metrics.WorkerMeters;
import io.fdwork.worker.Worker;
import io.fdwork.worker.WorkerCustomizer;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.function.SingletonSupplier;

/**
 * Auto-configuration of the meters.
 */
@AutoConfiguration(after = FdworkAutoConfiguration.class,
		afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(MeterRegistry.class)
public final class FdworkMetricsAutoConfiguration {

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(Daemon.class)
	static class DaemonMetricsConfiguration {

		@Bean
		@ConditionalOnMissingBean
		DaemonMeters fdworkDaemonMeters(MeterRegistry registry, Daemon daemon, ObjectProvider<Fleet> fleet) {
			return new DaemonMeters(registry, daemon, fleet.getIfAvailable());
		}

		@Bean
		ApplicationListener<ApplicationStartedEvent> fdworkDaemonMetersRegistrar(DaemonMeters meters) {
			return (event) -> meters.register();
		}

		@Bean
		ApplicationListener<WorkerJoinedEvent> fdworkJoinedWorkerMeters(DaemonMeters meters) {
			return (event) -> meters.joined(event.getWorker());
		}

		@Bean
		ApplicationListener<WorkerLeftEvent> fdworkLeftWorkerMeters(DaemonMeters meters) {
			return (event) -> meters.left(event.getWorker());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(Worker.class)
	static class WorkerMetricsConfiguration {

		/**
		 * The worker comes before the registry that knows of its requests.
		 */
		@Bean
		WorkerCustomizer fdworkHttpRequestsCustomizer(ObjectProvider<MeterRegistry> registry,
				@Value("${management.observations.http.server.requests.name:http.server.requests}") String meterName) {
			return (options) -> options
				.setRequests(new HttpRequests(SingletonSupplier.of(registry::getObject), meterName));
		}

		@Bean
		@ConditionalOnMissingBean
		WorkerMeters fdworkWorkerMeters(Worker worker) {
			return new WorkerMeters(worker);
		}

	}

}
