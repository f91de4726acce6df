package io.fdwork.autoconfigure;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.integration.FdworkChannels;
import io.fdwork.integration.event.DaemonConnectedEvent;
import io.fdwork.integration.event.DaemonLostEvent;
import io.fdwork.integration.event.WorkerDrainingEvent;
import io.fdwork.integration.inbound.WorkMessageProducer;
import io.fdwork.internal.health.ReadinessPublisher;
import io.fdwork.internal.integration.WorkChannel;
import io.fdwork.internal.serve.ConnectionServer;
import io.fdwork.internal.serve.HandlerServer;
import io.fdwork.internal.serve.NettyServer;
import io.fdwork.internal.systemd.Notifier;
import io.fdwork.internal.systemd.Systemd;
import io.fdwork.internal.wire.Membership;
import io.fdwork.internal.worker.ApplicationProbes;
import io.fdwork.internal.worker.DaemonObserver;
import io.fdwork.internal.worker.NoHandlerException;
import io.fdwork.internal.worker.WarmUpKey;
import io.fdwork.internal.worker.WarmUps;
import io.fdwork.internal.worker.Worker;
import io.fdwork.worker.Leadership;
import io.fdwork.worker.ServingMode;
import io.fdwork.worker.WorkerCustomizer;
import io.fdwork.worker.WorkerOptions;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.IoEventLoop;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.autoconfigure.context.LifecycleProperties;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.thread.Threading;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.task.VirtualThreadTaskExecutor;
import org.springframework.integration.channel.AbstractSubscribableChannel;
import org.springframework.integration.endpoint.EventDrivenConsumer;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.SubscribableChannel;

/**
 * The beans of the worker role.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnRole(Role.WORKER)
@EnableConfigurationProperties(LifecycleProperties.class)
class WorkerConfiguration {

	/**
	 * Present in a context that a {@code SpringApplication} runs, and says itself when it
	 * is ready.
	 */
	private static final String RUN = "springApplicationArguments";

	@Bean(FdworkChannels.GET)
	@ConditionalOnMissingBean(name = FdworkChannels.GET)
	WorkChannel fdworkGetChannel() {
		return new WorkChannel();
	}

	@Bean
	@ConditionalOnMissingBean
	WorkMessageProducer fdworkWorkMessageProducer(FdworkProperties properties) {
		WorkMessageProducer producer = new WorkMessageProducer();
		producer.setOutputChannelName(properties.getWorker().getIntegrationChannel());
		return producer;
	}

	@Bean
	@ConditionalOnMissingBean
	WorkerOptions fdworkWorkerOptions(FdworkProperties properties, Environment environment,
			ObjectProvider<ServingMode> mode, ObjectProvider<ConnectionServer> webServer,
			ObjectProvider<WorkerCustomizer> customizers) {
		ConnectionServer server = webServer.getIfAvailable();
		WorkerOptions options = new PropertiesMapper(properties, environment)
			.workerOptions(defaultConcurrency(mode.getIfAvailable(() -> ServingMode.PLATFORM_THREADS), server));
		if (server != null && server.maxConnections() > 0) {
			options.setMaxConnections(server.maxConnections());
		}
		customizers.orderedStream().forEach((customizer) -> customizer.customize(options));
		return options;
	}

	private static int defaultConcurrency(ServingMode mode, @Nullable ConnectionServer webServer) {
		if (webServer == null) {
			return mode.defaultConcurrency();
		}
		if (webServer.maxRequests() > 0) {
			return webServer.maxRequests();
		}
		// Without event loops of its own it has a thread for each request: a virtual one
		return (webServer.eventLoops().isEmpty()) ? ServingMode.VIRTUAL_THREADS.defaultConcurrency()
				: mode.defaultConcurrency();
	}

	@Bean
	Systemd fdworkSystemd(FdworkProperties properties) {
		return (properties.getSystemd().isEnabled()) ? Systemd.of(System.getenv()) : Systemd.none();
	}

	@Bean
	Worker fdworkWorker(WorkerOptions options, ObjectProvider<ServingMode> mode, WorkMessageProducer works,
			ApplicationEventPublisher events, Systemd systemd, ObjectProvider<NettyServer> nettyServer,
			ObjectProvider<ConnectionServer> webServer, ObjectProvider<ApplicationProbes.Management> management,
			ObjectProvider<ApplicationProbes.Requests> requests, ObjectProvider<ApplicationProbes.Health> health,
			ObjectProvider<Leadership> leadership, ObjectProvider<ApplicationProbes.Exposition> exposition,
			ObjectProvider<WarmUpKey> warmUpKey, ApplicationContext context) {
		ServingMode servingMode = mode.getIfAvailable(() -> ServingMode.PLATFORM_THREADS);
		// Those servers know the worker, so they come later
		// Nor are those there yet that know what is to be told
		ApplicationProbes probes = new ApplicationProbes(Membership.of(System.getenv()), told(management),
				told(requests), () -> {
					Leadership available = leadership.getIfUnique();
					return (available != null) ? available.isLeader() : null;
				}, told(health), exposition.getIfAvailable(() -> ApplicationProbes.NONE.exposition()));
		Worker worker = new Worker(options, probes, servingMode,
				() -> (servingMode == ServingMode.EVENT_LOOPS)
						? eventLoops(nettyServer.getIfUnique(), webServer.getIfUnique()) : List.of(),
				works, new EventPublishingObserver(new EventPublisher(events), systemd.notifier(), webServer));
		warmUpKey.ifAvailable((key) -> webServer.ifUnique((server) -> worker.warmUp(server, key)));
		worker.setAccepting(!context.containsLocalBean(RUN));
		return worker;
	}

	private static <T> Supplier<@Nullable T> told(ObjectProvider<? extends Supplier<@Nullable T>> source) {
		return () -> {
			Supplier<@Nullable T> available = source.getIfAvailable();
			return (available != null) ? available.get() : null;
		};
	}

	private static List<IoEventLoop> eventLoops(@Nullable NettyServer nettyServer,
			@Nullable ConnectionServer webServer) {
		if (nettyServer != null) {
			return nettyServer.eventLoops();
		}
		return (webServer != null) ? webServer.eventLoops() : List.of();
	}

	@Bean
	RoleLifecycle fdworkWorkerLifecycle(Worker worker, FdworkProperties properties, ApplicationContext context,
			LifecycleProperties lifecycle) {
		return new RoleLifecycle(() -> {
			requireHandler(context, properties.getWorker().getIntegrationChannel());
			worker.start();
		}, worker::stop, lifecycle.getTimeoutPerShutdownPhase());
	}

	@Bean
	Signals fdworkSignals(Worker worker) {
		return new Signals(RoleLifecycle.PHASE - 1, new WorkerSignals(worker));
	}

	private static void requireHandler(ApplicationContext context, String name) {
		InvalidFdworkPropertyException.check(
				context.containsBean(name) && context.getBean(name) instanceof MessageChannel,
				"fdwork.worker.integration-channel", name, "the name of a MessageChannel bean");
		if (context.getBean(name) instanceof AbstractSubscribableChannel subscribable) {
			if (subscribable.getSubscriberCount() == 0) {
				throw new NoHandlerException(name);
			}
			boolean webServer = context.getBeanNamesForType(ConnectionServer.class).length > 0;
			if (webServer && subscribable.getSubscriberCount() > 1) {
				throw new AmbiguousServingException(name);
			}
		}
	}

	@Bean
	ReadinessPublisher fdworkReadinessPublisher(ApplicationContext context, Worker worker,
			ObjectProvider<ApplicationAvailability> availability) {
		// Listens before the publisher does: what that
		// answers to an event must come later
		availability.getIfAvailable();
		return new ReadinessPublisher(context, () -> worker.snapshot().state().isServing(), worker::setAccepting);
	}

	private static EventDrivenConsumer endpoint(SubscribableChannel channel, Consumer<Work> server) {
		return new EventDrivenConsumer(channel, (Message<?> message) -> server.accept((Work) message.getPayload()));
	}

	/**
	 * Serving with a {@link WorkHandler}.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnSingleCandidate(WorkHandler.class)
	static class HandlerConfiguration {

		@Bean
		@ConditionalOnMissingBean
		ServingMode fdworkServingMode(Environment environment) {
			return (Threading.VIRTUAL.isActive(environment)) ? ServingMode.VIRTUAL_THREADS
					: ServingMode.PLATFORM_THREADS;
		}

		@Bean
		@ConditionalOnMissingBean(name = "fdworkServeEndpoint")
		EventDrivenConsumer fdworkServeEndpoint(@Qualifier(FdworkChannels.GET) SubscribableChannel channel,
				WorkHandler handler, ServingMode mode, ApplicationContext context) {
			return endpoint(channel, new HandlerServer(ObservedHandlers.observed(handler, context),
					(mode == ServingMode.VIRTUAL_THREADS) ? new VirtualThreadTaskExecutor("fdwork-work-") : null));
		}

	}

	/**
	 * Serving with a Netty pipeline.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(ChannelInitializer.class)
	@ConditionalOnMissingBean(WorkHandler.class)
	static class NettyConfiguration {

		@Bean
		@ConditionalOnMissingBean
		ServingMode fdworkServingMode() {
			return ServingMode.EVENT_LOOPS;
		}

		@Bean
		NettyServer fdworkNettyServer(ChannelInitializer<?> initializer, FdworkProperties properties,
				Environment environment, Worker worker) {
			PropertiesMapper mapper = new PropertiesMapper(properties, environment);
			return new NettyServer(initializer, mapper.eventLoops(), worker.idleReturn(), mapper.idleReturn());
		}

		@Bean
		ApplicationListener<WorkerDrainingEvent> fdworkNettyServerDrainer(NettyServer server) {
			return (event) -> server.drain();
		}

		@Bean
		@ConditionalOnMissingBean(name = "fdworkServeEndpoint")
		EventDrivenConsumer fdworkServeEndpoint(@Qualifier(FdworkChannels.GET) SubscribableChannel channel,
				NettyServer server) {
			return endpoint(channel, server);
		}

	}

	/**
	 * Serving with the web server of the application.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnSingleCandidate(ConnectionServer.class)
	static class WebServerConfiguration {

		@Bean
		@ConditionalOnMissingBean
		ServingMode fdworkServingMode() {
			return ServingMode.EVENT_LOOPS;
		}

		@Bean
		ApplicationListener<WorkerDrainingEvent> fdworkWebServerDrainer(ConnectionServer server) {
			return (event) -> server.drain();
		}

		@Bean
		TrainingWarmUp fdworkTrainingWarmUp(ApplicationContext context, WorkerOptions options, ConnectionServer server,
				ObjectProvider<WarmUpKey> warmUpKey) {
			return new TrainingWarmUp(context,
					() -> warmUpKey.ifAvailable((key) -> WarmUps.warmUp(options, server, key)));
		}

		@Bean
		@ConditionalOnMissingBean(name = "fdworkServeEndpoint")
		EventDrivenConsumer fdworkServeEndpoint(@Qualifier(FdworkChannels.GET) SubscribableChannel channel,
				ConnectionServer server) {
			return endpoint(channel, server);
		}

	}

	/**
	 * Publishes what the worker observes of its daemon, and tells systemd and the web
	 * server.
	 */
	private record EventPublishingObserver(EventPublisher events, Notifier systemd,
			ObjectProvider<ConnectionServer> webServer) implements DaemonObserver {

		@Override
		public void connected(long daemonPid) {
			this.systemd.status("Registered with the daemon with pid " + daemonPid);
			this.events.publish(new DaemonConnectedEvent(this, daemonPid));
		}

		@Override
		public void ready(long daemonPid) {
			this.systemd.ready("Registered with the daemon with pid " + daemonPid);
		}

		@Override
		public void lost(String reason) {
			this.systemd.status("The daemon has gone: " + reason);
			this.events.publish(new DaemonLostEvent(this, reason));
		}

		@Override
		public void parting() {
			this.webServer.ifUnique(ConnectionServer::part);
		}

		@Override
		public void drainOrdered() {
			Signals.exit();
		}

		@Override
		public void draining() {
			this.systemd.stopping();
			this.events.publish(new WorkerDrainingEvent(this));
		}

	}

}
