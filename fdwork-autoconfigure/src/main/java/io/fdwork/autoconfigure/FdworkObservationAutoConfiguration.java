package io.fdwork.autoconfigure;

import java.util.Set;
import java.util.function.Function;

import io.fdwork.Work;
import io.fdwork.internal.observe.ObservedWorkHandler;
import io.fdwork.internal.observe.QueueObservationContext;
import io.fdwork.internal.observe.QueueTracingHandler;
import io.fdwork.internal.observe.QueueWaitHandler;
import io.fdwork.internal.serve.jetty.JettyServer;
import io.fdwork.internal.serve.reactor.ReactorNettyServer;
import io.fdwork.internal.serve.tomcat.CurrentWork;
import io.fdwork.internal.serve.tomcat.TomcatServer;
import io.fdwork.worker.WorkerOptions;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.TracingObservationHandler;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Auto-configuration of the observations of a worker. Without an
 * {@link ObservationRegistry} there is nothing of it.
 */
@AutoConfiguration(after = FdworkAutoConfiguration.class,
		afterName = { "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration",
				"org.springframework.boot.micrometer.tracing.autoconfigure.MicrometerTracingAutoConfiguration" })
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBean(ObservationRegistry.class)
@ConditionalOnRole(Role.WORKER)
public final class FdworkObservationAutoConfiguration {

	/**
	 * Of works that a handler serves.
	 */
	@Bean
	QueueWaitHandler fdworkHandlerWaits(ObjectProvider<ObservationRegistry> registry, WorkerOptions options) {
		return waits(ObservedWorkHandler::workOf, registry, options);
	}

	private static QueueWaitHandler waits(Function<Observation.Context, @Nullable Work> works,
			ObjectProvider<ObservationRegistry> registry, WorkerOptions options) {
		// The registry is being created, and asks for its handlers
		return new QueueWaitHandler(works, registry::getObject, options.getName());
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(ReactorNettyServer.class)
	static class ReactorNettyConfiguration {

		@Bean
		QueueWaitHandler fdworkRequestWaits(ObjectProvider<ObservationRegistry> registry, WorkerOptions options) {
			return waits(io.fdwork.internal.serve.reactor.ObservedRequests::workOf, registry, options);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(TomcatServer.class)
	static class TomcatConfiguration {

		@Bean
		QueueWaitHandler fdworkRequestWaits(ObjectProvider<ObservationRegistry> registry, WorkerOptions options) {
			CurrentWork.want();
			return waits(CurrentWork::of, registry, options);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(JettyServer.class)
	static class JettyConfiguration {

		@Bean
		QueueWaitHandler fdworkRequestWaits(ObjectProvider<ObservationRegistry> registry, WorkerOptions options) {
			return waits(io.fdwork.internal.serve.jetty.ObservedRequests::workOf, registry, options);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(MeterFilter.class)
	static class MeterConfiguration {

		/**
		 * No timer of a wait that is over when it is observed: {@code fdwork.worker.wait}
		 * is one. A handler of the wait for meters would be asked at each request.
		 */
		@Bean
		MeterFilter fdworkQueueMeterFilter() {
			Set<String> names = Set.of(QueueObservationContext.NAME, QueueObservationContext.NAME + ".active");
			return MeterFilter.deny((meter) -> names.contains(meter.getName()));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ Tracer.class, TracingObservationHandler.class })
	@ConditionalOnBean(Tracer.class)
	static class TracingConfiguration {

		@Bean
		QueueTracingHandler fdworkQueueTracingHandler(Tracer tracer) {
			return new QueueTracingHandler(tracer);
		}

	}

}
