package io.fdwork.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.WorkQueue;
import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.integration.FdworkChannels;
import io.fdwork.integration.dsl.Fdwork;
import io.fdwork.integration.dsl.RequestMessageProducerSpec;
import io.fdwork.integration.dsl.WorkMessageProducerSpec;
import io.fdwork.integration.inbound.RequestMessageProducer;
import io.fdwork.integration.inbound.WorkMessageProducer;
import io.fdwork.integration.outbound.PutMessageHandler;
import io.fdwork.internal.actuate.FdworkEndpoint;
import io.fdwork.internal.health.DaemonHealthIndicator;
import io.fdwork.internal.health.WorkerHealthIndicator;
import io.fdwork.worker.ServingMode;
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
import org.springframework.context.annotation.Primary;
import org.springframework.integration.channel.AbstractSubscribableChannel;
import org.springframework.integration.channel.PublishSubscribeChannel;
import org.springframework.integration.endpoint.EventDrivenConsumer;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.SubscribableChannel;
import org.springframework.messaging.support.GenericMessage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests that what a user may replace backs off for a bean of the user.
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
				arguments(PutMessageHandler.class, UserPutMessageHandler.class),
				arguments(RequestMessageProducer.class, UserRequestMessageProducer.class),
				arguments(RequestMessageProducer.class, UserRequestMessageProducerSpec.class));
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
				arguments(ServingMode.class, UserServingMode.class));
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
	void shouldPutOnQueueOfUserWhenThatIsPrimary() {
		daemon().withUserConfiguration(UserWorkQueue.class).run((context) -> {
			assertThat(context).hasNotFailed();
			WorkRequest request = WorkRequest.with(Descriptor.pipe().source()).build();
			context.getBean(FdworkChannels.PUT, MessageChannel.class).send(new GenericMessage<>(request));
			assertThat(context.getBean(UserWorkQueue.class).put).containsExactly(request);
			request.close();
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
			options.getQueueCapacities().put("default", 16);
			return options;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UserPutMessageHandler {

		@Bean
		PutMessageHandler user() {
			return new PutMessageHandler();
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
			return Fdwork.requestInboundChannelAdapter(Duration.ofSeconds(1)).outputChannel(FdworkChannels.PUT);
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
			return Fdwork.workInboundChannelAdapter().outputChannel(FdworkChannels.GET);
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
	static class UserWorkQueue {

		private final List<WorkRequest> put = new ArrayList<>();

		@Bean
		@Primary
		WorkQueue user() {
			return new WorkQueue() {

				@Override
				public void put(WorkRequest request) {
					UserWorkQueue.this.put.add(request);
				}

				@Override
				public void put(WorkRequest request, Duration timeout) {
					put(request);
				}

				@Override
				public void putOn(String queue, WorkRequest request) {
					put(request);
				}

			};
		}

	}

}
