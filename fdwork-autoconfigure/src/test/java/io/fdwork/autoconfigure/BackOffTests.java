package io.fdwork.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;

import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.actuate.FdworkEndpoint;
import io.fdwork.daemon.Daemon;
import io.fdwork.daemon.DaemonDirectory;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.daemon.DaemonSnapshot;
import io.fdwork.daemon.RequestSink;
import io.fdwork.daemon.WorkerObserver;
import io.fdwork.health.DaemonHealthIndicator;
import io.fdwork.health.ReadinessPublisher;
import io.fdwork.health.WorkerHealthIndicator;
import io.fdwork.integration.FdworkChannels;
import io.fdwork.integration.dsl.Fdwork;
import io.fdwork.integration.dsl.RequestMessageProducerSpec;
import io.fdwork.integration.dsl.WorkMessageProducerSpec;
import io.fdwork.integration.inbound.RequestMessageProducer;
import io.fdwork.integration.inbound.WorkMessageProducer;
import io.fdwork.integration.outbound.PutMessageHandler;
import io.fdwork.metrics.DaemonMeters;
import io.fdwork.metrics.WorkerMeters;
import io.fdwork.queue.KernelQueues;
import io.fdwork.serve.NettyServer;
import io.fdwork.worker.DaemonObserver;
import io.fdwork.worker.ServingMode;
import io.fdwork.worker.Worker;
import io.fdwork.worker.WorkerOptions;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.integration.channel.AbstractSubscribableChannel;
import org.springframework.integration.channel.PublishSubscribeChannel;
import org.springframework.integration.endpoint.EventDrivenConsumer;
import org.springframework.messaging.SubscribableChannel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests that everything that is auto-configured backs off for a bean of the user.
 */
class BackOffTests {

	@TempDir
	private Path temp;

	@ParameterizedTest
	@MethodSource
	void shouldBackOffWhenDaemonHasBeanOfUser(Class<?> type, Class<?> configuration) {
		daemon().withUserConfiguration(configuration).run((context) -> {
			assertThat(context).hasNotFailed().hasSingleBean(type);
			assertThat(context.getBeanNamesForType(type)).containsExactly("user");
		});
	}

	static Stream<Arguments> shouldBackOffWhenDaemonHasBeanOfUser() {
		return Stream.of(arguments(DaemonOptions.class, UserDaemonOptions.class),
				arguments(DaemonDirectory.class, UserDaemonDirectory.class),
				arguments(KernelQueues.class, UserKernelQueues.class),
				arguments(PutMessageHandler.class, UserPutMessageHandler.class),
				arguments(RequestMessageProducer.class, UserRequestMessageProducer.class),
				arguments(RequestMessageProducer.class, UserRequestMessageProducerSpec.class),
				arguments(Daemon.class, UserDaemon.class),
				arguments(ReadinessPublisher.class, UserReadinessPublisher.class),
				arguments(FdworkEndpoint.class, UserDaemonEndpoint.class),
				arguments(DaemonMeters.class, UserDaemonMeters.class));
	}

	@ParameterizedTest
	@MethodSource
	void shouldBackOffWhenWorkerHasBeanOfUser(Class<?> type, Class<?> configuration) {
		worker().withUserConfiguration(configuration).run((context) -> {
			assertThat(context).hasNotFailed().hasSingleBean(type);
			assertThat(context.getBeanNamesForType(type)).containsExactly("user");
		});
	}

	static Stream<Arguments> shouldBackOffWhenWorkerHasBeanOfUser() {
		return Stream.of(arguments(WorkerOptions.class, UserWorkerOptions.class),
				arguments(WorkMessageProducer.class, UserWorkMessageProducer.class),
				arguments(WorkMessageProducer.class, UserWorkMessageProducerSpec.class),
				arguments(ServingMode.class, UserServingMode.class), arguments(Worker.class, UserWorker.class),
				arguments(ReadinessPublisher.class, UserReadinessPublisher.class),
				arguments(FdworkEndpoint.class, UserWorkerEndpoint.class),
				arguments(WorkerMeters.class, UserWorkerMeters.class));
	}

	@Test
	void shouldUsePutChannelOfUserWhenThereIsOne() {
		daemon().withUserConfiguration(UserPutChannel.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(FdworkChannels.PUT)).isInstanceOf(PublishSubscribeChannel.class);
			assertThat(subscribers(context, FdworkChannels.PUT)).isEqualTo(1);
		});
	}

	@Test
	void shouldUseGetChannelOfUserWhenThereIsOne() {
		worker().withUserConfiguration(UserGetChannel.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(FdworkChannels.GET)).isInstanceOf(PublishSubscribeChannel.class);
			assertThat(subscribers(context, FdworkChannels.GET)).isEqualTo(1);
		});
	}

	@Test
	void shouldUsePutEndpointOfUserWhenThereIsOne() {
		daemon().withUserConfiguration(UserPutEndpoint.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(subscribers(context, FdworkChannels.PUT)).isEqualTo(1);
		});
	}

	@Test
	void shouldUseServeEndpointOfUserWhenThereIsOne() {
		worker().withUserConfiguration(UserServeEndpoint.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(subscribers(context, FdworkChannels.GET)).isEqualTo(1);
		});
	}

	@Test
	void shouldUseNettyServerOfUserWhenThereIsOne() {
		RoleContexts.worker(this.temp.resolve("d")).withUserConfiguration(UserNettyServer.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBeanNamesForType(NettyServer.class)).containsExactly("user");
		});
	}

	@Test
	void shouldUseHealthIndicatorOfUserWhenThereIsOne() {
		daemon().withUserConfiguration(UserHealthIndicator.class)
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(HealthIndicator.class)
				.doesNotHaveBean(DaemonHealthIndicator.class));
		worker().withUserConfiguration(UserHealthIndicator.class)
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(HealthIndicator.class)
				.doesNotHaveBean(WorkerHealthIndicator.class));
	}

	@Test
	void shouldHaveNoHealthIndicatorWhenDisabled() {
		daemon().withPropertyValues("management.health.fdwork.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(HealthIndicator.class));
	}

	@Test
	void shouldHaveNoEndpointWhenNotAvailable() {
		daemon().withPropertyValues("management.endpoint.fdwork.access=none")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(FdworkEndpoint.class));
	}

	private ApplicationContextRunner daemon() {
		return RoleContexts.daemon(this.temp.resolve("d"))
			.withPropertyValues("management.endpoints.web.exposure.include=*")
			.withBean(MeterRegistry.class, SimpleMeterRegistry::new);
	}

	private ApplicationContextRunner worker() {
		return RoleContexts.worker(this.temp.resolve("d"))
			.withPropertyValues("management.endpoints.web.exposure.include=*")
			.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
			.withBean(WorkHandler.class, () -> BackOffTests::serve);
	}

	private static void serve(Work work) {
	}

	private static int subscribers(ApplicationContext context, String channel) {
		return context.getBean(channel, AbstractSubscribableChannel.class).getSubscriberCount();
	}

	@Configuration(proxyBeanMethods = false)
	static class UserDaemonOptions {

		@Bean
		DaemonOptions user() {
			DaemonOptions options = new DaemonOptions();
			options.getQueueDepths().put("default", 16);
			return options;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserDaemonDirectory {

		@Bean
		DaemonDirectory user(FdworkProperties properties) {
			return DaemonDirectory.open(properties.directoryOrDefault());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserKernelQueues {

		@Bean
		KernelQueues user(DaemonDirectory directory) throws Exception {
			return KernelQueues.create(Map.of("default", 20), directory.path());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserPutMessageHandler {

		@Bean
		PutMessageHandler user(KernelQueues queues) {
			return new PutMessageHandler(queues);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserRequestMessageProducer {

		@Bean
		RequestMessageProducer user() {
			RequestMessageProducer producer = new RequestMessageProducer(Duration.ofSeconds(1));
			producer.setOutputChannelName(FdworkChannels.PUT);
			return producer;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserRequestMessageProducerSpec {

		@Bean
		RequestMessageProducerSpec user() {
			return Fdwork.requestInboundAdapter(Duration.ofSeconds(1)).outputChannel(FdworkChannels.PUT);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserDaemon {

		@Bean
		Daemon user(DaemonDirectory directory, KernelQueues queues, DaemonOptions options, RequestSink requests) {
			return new Daemon(directory, queues, options, requests, new WorkerObserver() {

				@Override
				public void joined(DaemonSnapshot.WorkerSnapshot worker) {
				}

				@Override
				public void left(DaemonSnapshot.WorkerSnapshot worker, String reason) {
				}

			});
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserReadinessPublisher {

		@Bean
		ReadinessPublisher user(ApplicationContext context) {
			return new ReadinessPublisher(context, () -> true);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserDaemonEndpoint {

		@Bean
		FdworkEndpoint user(Daemon daemon) {
			return new FdworkEndpoint(daemon, null);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserDaemonMeters {

		@Bean
		DaemonMeters user(MeterRegistry registry, Daemon daemon) {
			return new DaemonMeters(registry, daemon, null);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserPutChannel {

		@Bean(FdworkChannels.PUT)
		PublishSubscribeChannel user() {
			return new PublishSubscribeChannel();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserPutEndpoint {

		@Bean
		EventDrivenConsumer fdworkPutEndpoint(SubscribableChannel fdworkPutChannel, PutMessageHandler handler) {
			return new EventDrivenConsumer(fdworkPutChannel, handler);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserHealthIndicator {

		@Bean
		HealthIndicator fdworkHealthIndicator() {
			return () -> Health.up().build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserWorkerOptions {

		@Bean
		WorkerOptions user(FdworkProperties properties) {
			WorkerOptions options = new WorkerOptions(properties.directoryOrDefault(), 1);
			options.getQueues().add("default");
			return options;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserWorkMessageProducer {

		@Bean
		WorkMessageProducer user() {
			WorkMessageProducer producer = new WorkMessageProducer();
			producer.setOutputChannelName(FdworkChannels.GET);
			return producer;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserWorkMessageProducerSpec {

		@Bean
		WorkMessageProducerSpec user() {
			return Fdwork.workInboundAdapter().outputChannel(FdworkChannels.GET);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserServingMode {

		@Bean
		ServingMode user() {
			return ServingMode.PLATFORM_THREADS;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserWorker {

		@Bean
		Worker user(WorkerOptions options, ServingMode mode) {
			return new Worker(options, mode, Work::close, new DaemonObserver() {

				@Override
				public void connected(long daemonPid) {
				}

				@Override
				public void lost(String reason) {
				}

				@Override
				public void draining() {
				}

			});
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserWorkerEndpoint {

		@Bean
		FdworkEndpoint user(Worker worker) {
			return new FdworkEndpoint(worker);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserWorkerMeters {

		@Bean
		WorkerMeters user(Worker worker) {
			return new WorkerMeters(worker);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserGetChannel {

		@Bean(FdworkChannels.GET)
		PublishSubscribeChannel user() {
			return new PublishSubscribeChannel();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserServeEndpoint {

		@Bean
		EventDrivenConsumer fdworkServeEndpoint(SubscribableChannel fdworkGetChannel) {
			return new EventDrivenConsumer(fdworkGetChannel, (message) -> {
			});
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserNettyServer {

		@Bean
		ChannelInitializer<Channel> pipeline() {
			return new ChannelInitializer<>() {

				@Override
				protected void initChannel(Channel channel) {
				}

			};
		}

		@Bean
		NettyServer user(ChannelInitializer<?> pipeline) {
			return new NettyServer(pipeline, 1);
		}

	}

}
