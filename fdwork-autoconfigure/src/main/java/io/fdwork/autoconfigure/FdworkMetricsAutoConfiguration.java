package io.fdwork.autoconfigure;

import java.util.List;

import io.fdwork.integration.event.FleetRefreshedEvent;
import io.fdwork.integration.event.WorkerJoinedEvent;
import io.fdwork.integration.event.WorkerLeftEvent;
import io.fdwork.internal.actuate.FleetScrapeExtension;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.ScrapeRequest;
import io.fdwork.internal.fleet.Fleet;
import io.fdwork.internal.metrics.DaemonMeters;
import io.fdwork.internal.metrics.HttpRequests;
import io.fdwork.internal.metrics.PrometheusExposition;
import io.fdwork.internal.metrics.WorkerMeters;
import io.fdwork.internal.worker.Worker;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusScrapeEndpoint;
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
		DaemonMeters fdworkDaemonMeters(MeterRegistry registry, Daemon daemon, ObjectProvider<Fleet> fleet) {
			return new DaemonMeters(registry, daemon::snapshot, fleet.getIfAvailable());
		}

		/**
		 * Only where the daemon can be scraped.
		 */
		@Configuration(proxyBeanMethods = false)
		@ConditionalOnClass({ PrometheusScrapeEndpoint.class, PrometheusMeterRegistry.class,
				EndpointWebExtension.class })
		@ConditionalOnBean(PrometheusScrapeEndpoint.class)
		@ConditionalOnProperty(name = "fdwork.daemon.scrape.enabled", matchIfMissing = true)
		static class ScrapeConfiguration {

			@Bean
			FleetScrapeExtension fdworkFleetScrapeExtension(PrometheusScrapeEndpoint endpoint, Daemon daemon,
					DaemonMeters meters, FdworkProperties properties) {
				ScrapeProperties scrape = properties.getDaemon().getScrape();
				return new FleetScrapeExtension(endpoint, daemon, meters,
						new ScrapeRequest("", List.of(), scrape.getTimeout(), scrape.maxBytes()));
			}

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

		@Bean
		ApplicationListener<FleetRefreshedEvent> fdworkRefreshMeters(DaemonMeters meters) {
			return (event) -> meters.refreshed(event.getRefresh());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(Worker.class)
	static class WorkerMetricsConfiguration {

		/**
		 * The worker comes before the registry that knows of its requests.
		 */
		@Bean
		HttpRequests fdworkHttpRequests(ObjectProvider<MeterRegistry> registry,
				@Value("${management.observations.http.server.requests.name:http.server.requests}") String meterName) {
			return new HttpRequests(SingletonSupplier.of(registry::getObject), meterName);
		}

		@Bean
		WorkerMeters fdworkWorkerMeters(Worker worker) {
			return new WorkerMeters(worker);
		}

		@Configuration(proxyBeanMethods = false)
		@ConditionalOnClass(PrometheusMeterRegistry.class)
		static class ExpositionConfiguration {

			@Bean
			PrometheusExposition fdworkPrometheusExposition(ObjectProvider<PrometheusMeterRegistry> registry) {
				return new PrometheusExposition(registry::getIfUnique);
			}

		}

	}

}
