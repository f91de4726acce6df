package io.fdwork.autoconfigure;

import java.io.IOException;
import java.util.function.BooleanSupplier;

import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonCustomizer;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.integration.FdworkChannels;
import io.fdwork.integration.event.WorkerChangedEvent;
import io.fdwork.integration.event.WorkerJoinedEvent;
import io.fdwork.integration.event.WorkerLeftEvent;
import io.fdwork.integration.inbound.RequestMessageProducer;
import io.fdwork.integration.outbound.PutMessageHandler;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.daemon.DaemonState;
import io.fdwork.internal.daemon.Departures;
import io.fdwork.internal.daemon.LeavingWorker;
import io.fdwork.internal.daemon.RequestSink;
import io.fdwork.internal.daemon.WorkerObserver;
import io.fdwork.internal.fleet.DaemonAndFleet;
import io.fdwork.internal.fleet.FirstWorker;
import io.fdwork.internal.fleet.Fleet;
import io.fdwork.internal.fleet.RefreshRequest;
import io.fdwork.internal.health.ReadinessPublisher;
import io.fdwork.internal.integration.WorkChannel;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.systemd.Systemd;
import io.fdwork.worker.WorkerState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.context.LifecycleProperties;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.env.Environment;
import org.springframework.integration.channel.AbstractSubscribableChannel;
import org.springframework.integration.endpoint.EventDrivenConsumer;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.SubscribableChannel;
import org.springframework.util.function.SingletonSupplier;

/**
 * The beans of the daemon role.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnRole(Role.DAEMON)
@EnableConfigurationProperties(LifecycleProperties.class)
class DaemonConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(DaemonConfiguration.class);

	@Bean
	static LazyWebBeans fdworkLazyWebBeans(Environment environment) {
		return new LazyWebBeans(environment);
	}

	@Bean
	static BeanFactoryPostProcessor fdworkLeanDaemonCheck(Environment environment) {
		return (beanFactory) -> LeanDaemon.check(beanFactory, environment);
	}

	/**
	 * What is marked is there for what it does.
	 */
	@Bean
	static LazyInitializationExcludeFilter fdworkMarkedBeans() {
		return new MarkedBeans();
	}

	@Bean
	static UncustomizedDaemonCheck fdworkUncustomizedDaemonCheck(Environment environment) {
		return new UncustomizedDaemonCheck(environment);
	}

	@Bean
	@ConditionalOnMissingBean
	DaemonOptions fdworkDaemonOptions(FdworkProperties properties, Environment environment,
			ObjectProvider<DaemonCustomizer> customizers) {
		DaemonOptions options = new PropertiesMapper(properties, environment).daemonOptions();
		customizers.orderedStream().forEach((customizer) -> customizer.customize(options));
		return options;
	}

	@Bean
	DaemonDirectory fdworkDaemonDirectory(FdworkProperties properties, DaemonOptions options,
			ObjectProvider<FirstWorker> first) {
		boolean shared = FirstWorkerStarter.isShared(options);
		FirstWorker started = first.getIfAvailable();
		DaemonDirectory open = (started != null) ? started.takeDirectory(shared) : null;
		return (open != null) ? open : DaemonDirectory.open(properties.directoryOrDefault(), shared);
	}

	@Bean
	KernelQueues fdworkQueues(DaemonOptions options) throws IOException {
		return KernelQueues.create(options.getQueueCapacities());
	}

	@Bean(FdworkChannels.PUT)
	@ConditionalOnMissingBean(name = FdworkChannels.PUT)
	WorkChannel fdworkPutChannel() {
		return new WorkChannel();
	}

	// Primary over those of flows, which register theirs besides
	@Bean
	@Primary
	@ConditionalOnMissingBean
	PutMessageHandler fdworkPutMessageHandler() {
		return new PutMessageHandler();
	}

	@Bean
	@ConditionalOnMissingBean(name = "fdworkPutEndpoint")
	EventDrivenConsumer fdworkPutEndpoint(@Qualifier(FdworkChannels.PUT) SubscribableChannel channel,
			PutMessageHandler handler) {
		return new EventDrivenConsumer(channel, handler);
	}

	@Bean
	@ConditionalOnMissingBean
	RequestMessageProducer fdworkRequestMessageProducer(FdworkProperties properties) {
		RequestMessageProducer producer = new RequestMessageProducer(properties.getDaemon().getIntegrationTimeout());
		producer.setOutputChannelName(properties.getDaemon().getIntegrationChannel());
		return producer;
	}

	@Bean
	Systemd fdworkSystemd(FdworkProperties properties) {
		return (properties.getSystemd().isEnabled()) ? Systemd.of(System.getenv()) : Systemd.none();
	}

	@Bean
	Departures fdworkDepartures(ObjectProvider<Fleet> fleet) {
		return new Departures((process) -> {
			Fleet own = fleet.getIfAvailable();
			return own != null && own.isDraining(process);
		});
	}

	@Bean
	Daemon fdworkDaemon(DaemonDirectory directory, KernelQueues queues, DaemonOptions options,
			RequestMessageProducer requests, ApplicationEventPublisher events, Departures departures, Systemd systemd,
			FdworkProperties properties, ApplicationContext context) {
		ProducerSink sink = new ProducerSink(requests, queues,
				SingletonSupplier.of(() -> PutPath.isStraight(context, requests))::obtain);
		return new Daemon(directory, queues, options, sink, new EventPublishingObserver(new EventPublisher(events),
				departures, properties.getDaemon().getFleet().startsWorkers()), systemd);
	}

	@Bean
	DaemonSignals fdworkDaemonSignals(FdworkProperties properties, Environment environment, Departures departures,
			Daemon daemon, ReadinessPublisher readiness, ObjectProvider<Fleet> fleet, Systemd systemd,
			LifecycleProperties lifecycle, DaemonOptions options) {
		return new DaemonSignals(departures, new PropertiesMapper(properties, environment).stopDelay(),
				lifecycle.getTimeoutPerShutdownPhase(), () -> daemon.snapshot().state() == DaemonState.RUNNING,
				() -> sayFarewell(readiness, daemon, options), () -> refresh(fleet.getIfAvailable()),
				systemd.notifier());
	}

	private static void sayFarewell(ReadinessPublisher readiness, Daemon daemon, DaemonOptions options) {
		readiness.update();
		if (!options.isKeepListenersOnStop()) {
			// Otherwise the next daemon has all connections
			daemon.part();
		}
	}

	private static @Nullable Runnable refresh(@Nullable Fleet fleet) {
		return (fleet != null) ? () -> fleet.refresh(new RefreshRequest(RefreshRequest.Batch.ONE, null, null)) : null;
	}

	@Bean
	Signals fdworkSignals(DaemonSignals response) {
		return new Signals(RoleLifecycle.EARLY_PHASE - 1, response);
	}

	/**
	 * Accepts as soon as requests can be put: clients may have waited in the backlog
	 * since the end of the last daemon, and a web server with the endpoints takes its
	 * time.
	 */
	@Bean
	RoleLifecycle fdworkAcceptLifecycle(Daemon daemon, FdworkProperties properties, DaemonOptions options,
			RequestMessageProducer requests, ApplicationContext context, LifecycleProperties lifecycle) {
		return new RoleLifecycle(RoleLifecycle.EARLY_PHASE, () -> {
			String channel = properties.getDaemon().getIntegrationChannel();
			InvalidFdworkPropertyException.check(hasSubscriber(context, channel), "fdwork.daemon.integration-channel",
					channel, "the name of a MessageChannel bean with a subscriber");
			PutPath.checkAcceptedByWorkers(options, PutPath.isStraight(context, requests));
			daemon.start();
		}, daemon::leave, lifecycle.getTimeoutPerShutdownPhase());
	}

	@Bean
	ApplicationStart fdworkApplicationStart(ApplicationContext context) {
		return new ApplicationStart(context);
	}

	/**
	 * Starts the fleet as soon as workers can register: clients wait for the first of
	 * them, and for nothing else that this process starts. Undoes that if something else
	 * fails to start.
	 */
	@Bean
	RoleLifecycle fdworkFleetLifecycle(Daemon daemon, ObjectProvider<Fleet> fleet, LifecycleProperties lifecycle) {
		DaemonAndFleet both = new DaemonAndFleet(daemon, fleet.getIfAvailable());
		return new RoleLifecycle(RoleLifecycle.EARLY_PHASE + 1, both::start, both::undo,
				lifecycle.getTimeoutPerShutdownPhase());
	}

	/**
	 * Stops the daemon and the fleet first, while the endpoints still say how that goes.
	 */
	@Bean
	RoleLifecycle fdworkDaemonLifecycle(Daemon daemon, ObjectProvider<Fleet> fleet, ApplicationStart start,
			DaemonSignals signals, LifecycleProperties lifecycle) {
		DaemonAndFleet both = new DaemonAndFleet(daemon, fleet.getIfAvailable());
		return new RoleLifecycle(() -> {
		}, (timeout) -> {
			signals.hold();
			if (start.hasFailed()) {
				both.undo(timeout);
			}
			else {
				both.stop(timeout);
			}
		}, lifecycle.getTimeoutPerShutdownPhase());
	}

	private static boolean hasSubscriber(ApplicationContext context, String channel) {
		return context.containsBean(channel) && context.getBean(channel) instanceof MessageChannel bean
				&& !(bean instanceof AbstractSubscribableChannel subscribable
						&& subscribable.getSubscriberCount() == 0);
	}

	@Bean
	ReadinessPublisher fdworkReadinessPublisher(ApplicationContext context, Daemon daemon, ObjectProvider<Fleet> fleet,
			Departures departures, ObjectProvider<ApplicationAvailability> availability) {
		// Listens before the publisher does: what that
		// answers to an event must come later
		availability.getIfAvailable();
		return new ReadinessPublisher(context, () -> {
			DaemonSnapshot snapshot = daemon.snapshot();
			Fleet own = fleet.getIfAvailable();
			return snapshot.state() == DaemonState.RUNNING && !departures.isHeld()
					&& (snapshot.readyWorkers() > 0 || (own != null && own.snapshot().startsOnDemand()));
		}, (accepting) -> logger.debug("The application accepts traffic: {}", accepting));
	}

	/**
	 * Hands requests to the flow that begins at the producer, when the queue that they
	 * are for has room.
	 */
	private record ProducerSink(RequestMessageProducer producer, KernelQueues queues,
			BooleanSupplier straight) implements RequestSink {

		@Override
		public boolean awaitRoom(String queue, BooleanSupplier goOn) {
			return this.queues.awaitRoom(queue, goOn);
		}

		@Override
		public void accept(WorkRequest request) {
			this.producer.accept(request);
		}

		@Override
		public boolean isStraight() {
			return this.straight.getAsBoolean();
		}

		@Override
		public long dropped() {
			return this.producer.dropped();
		}

	}

	/**
	 * Publishes what the daemon observes of its workers, and logs what the fleet does not
	 * log of them.
	 */
	private record EventPublishingObserver(EventPublisher events, Departures departures,
			boolean fleet) implements WorkerObserver {

		@Override
		public void joined(DaemonSnapshot.WorkerSnapshot worker) {
			logger.atLevel(level(isOfFleet(worker)))
				.log("Worker {} with pid {} has joined", worker.name(), worker.pid());
			this.events.publish(new WorkerJoinedEvent(this, worker.info()));
		}

		@Override
		public void changed(DaemonSnapshot.WorkerSnapshot worker) {
			boolean ends = worker.state() == WorkerState.DRAINING || worker.state() == WorkerState.STOPPED;
			logger.atLevel(level(ends && isOfFleet(worker)))
				.log("Worker {} with pid {} is {}", worker.name(), worker.pid(), worker.state());
			this.events.publish(new WorkerChangedEvent(this, worker.info()));
		}

		@Override
		public void toldToEnd(LeavingWorker worker) {
			this.departures.ask(worker);
		}

		@Override
		public void left(DaemonSnapshot.WorkerSnapshot worker, String reason) {
			boolean saidBye = worker.state() == WorkerState.STOPPED && isOfFleet(worker);
			logger.atLevel(level(saidBye || reason.equals(DAEMON_STOPPED)))
				.log("Worker {} with pid {} has left: {}", worker.name(), worker.pid(), reason);
			this.events.publish(new WorkerLeftEvent(this, worker.info(), reason));
		}

		private boolean isOfFleet(DaemonSnapshot.WorkerSnapshot worker) {
			return this.fleet && worker.membership() != null;
		}

		private static Level level(boolean known) {
			return (known) ? Level.DEBUG : Level.INFO;
		}

	}

}
