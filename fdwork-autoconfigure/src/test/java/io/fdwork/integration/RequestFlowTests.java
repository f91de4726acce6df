package io.fdwork.integration;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

import io.fdwork.WorkQueue;
import io.fdwork.WorkQueueException;
import io.fdwork.WorkRequest;
import io.fdwork.autoconfigure.RoleContexts;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.integration.dsl.Fdwork;
import io.fdwork.integration.dsl.RequestMessageProducerSpec;
import io.fdwork.integration.event.RequestDroppedEvent;
import io.fdwork.integration.inbound.RequestMessageProducer;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.queue.QueueSnapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.integration.channel.DirectChannel;
import org.springframework.integration.channel.ExecutorChannel;
import org.springframework.integration.config.GlobalChannelInterceptor;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.integration.dsl.MessageChannels;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.MessageHandlingException;
import org.springframework.messaging.MessagingException;
import org.springframework.messaging.support.ChannelInterceptor;
import org.springframework.messaging.support.ErrorMessage;
import org.springframework.messaging.support.GenericMessage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for the way of a request from its listener to its queue, with a real daemon and
 * real clients.
 */
class RequestFlowTests {

	@TempDir
	private Path temp;

	@Test
	void shouldPutRequestWhenClientConnects() {
		run(daemon(), (context) -> {
			try (Client client = Client.connect(context)) {
				awaitPut(context, "default", 1);
				assertThat(client.isClosedByServer()).isFalse();
				assertThat(dropped(context)).isEmpty();
			}
		});
	}

	@Test
	void shouldSendHeadersWithRequest() {
		run(daemon().withUserConfiguration(Recording.class), (context) -> {
			try (Client client = Client.connect(context)) {
				awaitPut(context, "default", 1);
				Message<?> message = context.getBean(Messages.class).get(0);
				WorkRequest request = (WorkRequest) message.getPayload();
				assertThat(message.getHeaders()).containsEntry(FdworkHeaders.REQUEST_ID, request.id())
					.containsEntry(FdworkHeaders.QUEUE, "default")
					.containsEntry(FdworkHeaders.REMOTE_ADDRESS, client.address())
					.containsEntry(FdworkHeaders.LOCAL_ADDRESS, request.localAddress());
				// Counted before it is sent
				await().until(() -> request.state() == WorkRequest.State.PUT);
			}
		});
	}

	@Test
	void shouldDropRequestWhenInterceptorRefuses() {
		run(daemon().withUserConfiguration(Refusing.class), (context) -> {
			try (Client client = Client.connect(context)) {
				assertThat(client.readAll()).isEmpty();
			}
			assertDropped(context, "refused", null);
			assertThat(put(context, "default")).isZero();
		});
	}

	@Test
	void shouldDropRequestWhenFilterDiscardsSilently() {
		run(daemon("fdwork.daemon.integration-channel=accepted", "fdwork.daemon.integration-timeout=200ms")
			.withUserConfiguration(SilentFilter.class), (context) -> {
				try (Client client = Client.connect(context)) {
					assertThat(client.readAll()).isEmpty();
				}
				assertDropped(context, "neither put nor closed within PT0.2S", null);
			});
	}

	@Test
	void shouldNotCountAsDroppedWhenFlowClosesRequest() {
		run(daemon("fdwork.daemon.integration-channel=accepted", "fdwork.daemon.integration-timeout=100ms")
			.withUserConfiguration(ClosingFilter.class), (context) -> {
				try (Client client = Client.connect(context)) {
					assertThat(client.readAll()).isEmpty();
				}
				// Longer than the put timeout
				await().during(Duration.ofMillis(500)).untilAsserted(() -> assertThat(dropped(context)).isEmpty());
				assertThat(context.getBean(RequestMessageProducer.class).dropped()).isZero();
			});
	}

	@Test
	void shouldLeaveRequestAloneWhenFilterAccepts() {
		run(daemon("fdwork.daemon.integration-channel=accepted", "fdwork.daemon.integration-timeout=100ms")
			.withUserConfiguration(PassingFilter.class), (context) -> {
				try (Client client = Client.connect(context)) {
					awaitPut(context, "default", 1);
					await().during(Duration.ofMillis(500))
						.until(() -> !client.isClosedByServer() && dropped(context).isEmpty());
				}
			});
	}

	@Test
	void shouldDropRequestWhenEndpointThrows() {
		run(daemon("fdwork.daemon.integration-channel=accepted").withUserConfiguration(Throwing.class), (context) -> {
			try (Client client = Client.connect(context)) {
				assertThat(client.readAll()).isEmpty();
			}
			assertDropped(context, "endpoint failed", MessagingException.class);
			assertThat(dropped(context).get(0).getCause()).hasRootCauseMessage("As the test wants");
		});
	}

	@Test
	void shouldDropRequestWhenEndpointThrowsError() {
		run(daemon().withUserConfiguration(ThrowingError.class), (context) -> {
			for (int i = 1; i <= 2; i++) {
				try (Client client = Client.connect(context)) {
					assertThat(client.readAll()).isEmpty();
				}
				int count = i;
				await().untilAsserted(() -> assertThat(dropped(context)).hasSize(count));
			}
			assertThat(dropped(context)).allSatisfy((event) -> {
				assertThat(event.getReason()).contains("endpoint failed");
				assertThat(event.getCause()).isInstanceOf(LinkageError.class).hasMessage("As the test wants");
			});
			assertThat(context.getBean(RequestMessageProducer.class).dropped()).isEqualTo(2);
		});
	}

	@Test
	void shouldSendErrorMessageWhenEndpointThrows() {
		run(daemon().withUserConfiguration(Throwing.class, ErrorFlow.class), (context) -> {
			try (Client client = Client.connect(context)) {
				assertThat(client.readAll()).isEmpty();
			}
			assertDropped(context, "endpoint failed", MessagingException.class);
			assertThat(context.getBean(Messages.class)).singleElement().satisfies((message) -> {
				assertThat(message).isInstanceOf(ErrorMessage.class);
				assertThat((Throwable) message.getPayload()).hasRootCauseMessage("As the test wants");
				assertThat(((ErrorMessage) message).getOriginalMessage().getPayload()).isInstanceOf(WorkRequest.class);
			});
		});
	}

	@Test
	void shouldPutRequestWhenErrorFlowRescuesIt() {
		run(daemon().withUserConfiguration(Throwing.class, RescuingErrorFlow.class), (context) -> {
			try (Client client = Client.connect(context)) {
				awaitPut(context, "default", 1);
				assertThat(client.isClosedByServer()).isFalse();
				assertThat(dropped(context)).isEmpty();
			}
		});
	}

	@Test
	void shouldPutOnQueueOfHeaderWhenFlowSetsIt() {
		run(daemon("fdwork.daemon.integration-channel=accepted", "fdwork.daemon.queues.slow.capacity=16")
			.withUserConfiguration(Routing.class), (context) -> {
				try (Client client = Client.connect(context)) {
					awaitPut(context, "slow", 1);
					assertThat(put(context, "default")).isZero();
					assertThat(client.isClosedByServer()).isFalse();
				}
			});
	}

	@Test
	void shouldDropRequestWhenHeaderNamesUnknownQueue() {
		run(daemon("fdwork.daemon.integration-channel=accepted").withUserConfiguration(Routing.class), (context) -> {
			try (Client client = Client.connect(context)) {
				assertThat(client.readAll()).isEmpty();
			}
			assertDropped(context, "endpoint failed", MessagingException.class);
			assertThat(dropped(context).get(0).getCause()).hasRootCauseInstanceOf(WorkQueueException.class)
				.rootCause()
				.hasMessageContaining("'slow'")
				.hasMessageContaining("[default]");
		});
	}

	@Test
	void shouldDropRequestWhenPayloadIsReplaced() {
		run(daemon("fdwork.daemon.integration-channel=accepted").withUserConfiguration(ReplacingPayload.class),
				(context) -> {
					try (Client client = Client.connect(context)) {
						assertThat(client.readAll()).isEmpty();
					}
					assertDropped(context, "endpoint failed", MessagingException.class);
				});
	}

	@Test
	void shouldPutRequestWhenTransformerWrapsDescriptor() {
		run(daemon("fdwork.daemon.integration-channel=accepted", "fdwork.daemon.integration-timeout=1s")
			.withUserConfiguration(Transforming.class), (context) -> {
				try (Client client = Client.connect(context)) {
					awaitPut(context, "default", 1);
					assertThat(client.isClosedByServer()).isFalse();
				}
			});
	}

	@Test
	void shouldPutRequestWhenChannelGoesOverAnotherThread() {
		run(daemon("fdwork.daemon.integration-channel=accepted").withUserConfiguration(Asynchronous.class),
				(context) -> {
					try (Client first = Client.connect(context); Client second = Client.connect(context)) {
						awaitPut(context, "default", 2);
						assertThat(first.isClosedByServer()).isFalse();
						assertThat(second.isClosedByServer()).isFalse();
						assertThat(dropped(context)).isEmpty();
					}
				});
	}

	@Test
	void shouldPutRequestOfUserWhenSentToPutChannel() {
		run(daemon(), (context) -> {
			try (Descriptor.Pipe pipe = Descriptor.pipe()) {
				WorkRequest request = WorkRequest.with(pipe.source().move())
					.descriptor(pipe.sink().move())
					.parameter("kind", "pipe")
					.build();
				MessageChannel channel = context.getBean(FdworkChannels.PUT, MessageChannel.class);
				assertThat(channel.send(new GenericMessage<>(request))).isTrue();
				assertThat(request.state()).isEqualTo(WorkRequest.State.PUT);
				assertThat(request.descriptors()).noneMatch(Descriptor::isOpen);
				assertThat(put(context, "default")).isEqualTo(1);
			}
		});
	}

	@Test
	void shouldLeaveRequestToUserWhenPutChannelFails() {
		run(daemon(), (context) -> {
			try (Descriptor.Pipe pipe = Descriptor.pipe();
					WorkRequest request = WorkRequest.with(pipe.source().move()).queue("nope").build()) {
				MessageChannel channel = context.getBean(FdworkChannels.PUT, MessageChannel.class);
				assertThatExceptionOfType(MessageHandlingException.class)
					.isThrownBy(() -> channel.send(new GenericMessage<>(request)))
					.havingRootCause()
					.isInstanceOf(WorkQueueException.class)
					.withMessageContaining("'nope'");
				assertThat(request.state()).isEqualTo(WorkRequest.State.OPEN);
				assertThat(request.descriptors()).allMatch(Descriptor::isOpen);
				assertThat(dropped(context)).isEmpty();
			}
		});
	}

	@Test
	void shouldPutRequestOfUserWhenWorkQueueIsCalled() {
		run(daemon(), (context) -> {
			try (Descriptor.Pipe pipe = Descriptor.pipe()) {
				WorkRequest request = WorkRequest.with(pipe.source().move()).build();
				context.getBean(WorkQueue.class).put(request, Duration.ofSeconds(5));
				assertThat(request.state()).isEqualTo(WorkRequest.State.PUT);
				assertThat(put(context, "default")).isEqualTo(1);
			}
		});
	}

	@Test
	void shouldUseAdaptersOfDslWhenFlowIsBuiltOfThem() {
		run(daemon().withUserConfiguration(DslFlow.class), (context) -> {
			assertThat(context).hasSingleBean(RequestMessageProducer.class);
			try (Client client = Client.connect(context)) {
				awaitPut(context, "default", 1);
				assertThat(client.isClosedByServer()).isFalse();
				assertThat(context.getBean(Messages.class)).hasSize(1);
			}
		});
	}

	@Test
	void shouldDropWhatIsUndecidedWhenContextCloses() {
		run(daemon("fdwork.daemon.integration-channel=accepted", "fdwork.daemon.integration-timeout=5m")
			.withUserConfiguration(SilentFilter.class), (context) -> {
				Recorder recorder = context.getBean(Recorder.class);
				try (Client client = Client.connect(context)) {
					await().until(() -> context.getBean(Messages.class).size() == 1);
					assertThat(client.isClosedByServer()).isFalse();
					context.getSourceApplicationContext().close();
					assertThat(client.readAll()).isEmpty();
				}
				assertThat(recorder.events(RequestDroppedEvent.class)).hasSize(1);
			});
	}

	private ApplicationContextRunner daemon(String... properties) {
		return RoleContexts.daemon(this.temp.resolve("d")).withPropertyValues(properties).withBean(Recorder.class);
	}

	private static void run(ApplicationContextRunner runner, ContextConsumer<AssertableApplicationContext> consumer) {
		runner.run((context) -> {
			assertThat(context).hasNotFailed();
			consumer.accept(context);
		});
	}

	private static List<RequestDroppedEvent> dropped(AssertableApplicationContext context) {
		return context.getBean(Recorder.class).events(RequestDroppedEvent.class);
	}

	private static void assertDropped(AssertableApplicationContext context, String reason,
			Class<? extends Throwable> cause) {
		await().untilAsserted(() -> assertThat(dropped(context)).hasSize(1));
		RequestDroppedEvent event = dropped(context).get(0);
		assertThat(event.getReason()).contains(reason);
		assertThat(event.getRequest().state()).isEqualTo(WorkRequest.State.CLOSED);
		assertThat(event.getRequest().descriptors()).noneMatch(Descriptor::isOpen);
		if (cause != null) {
			assertThat(event.getCause()).isInstanceOf(cause);
		}
		else {
			assertThat(event.getCause()).isNull();
		}
		assertThat(context.getBean(RequestMessageProducer.class).dropped()).isEqualTo(1);
		assertThat(context.getBean(Daemon.class).snapshot().droppedRequests()).isEqualTo(1);
	}

	private static void awaitPut(AssertableApplicationContext context, String queue, long count) {
		await().untilAsserted(() -> assertThat(put(context, queue)).isEqualTo(count));
	}

	private static long put(AssertableApplicationContext context, String queue) {
		return context.getBean(KernelQueues.class)
			.snapshots()
			.stream()
			.filter((snapshot) -> snapshot.name().equals(queue))
			.mapToLong(QueueSnapshot::put)
			.findFirst()
			.orElseThrow();
	}

	/**
	 * Messages that were seen.
	 */
	static class Messages extends CopyOnWriteArrayList<Message<?>> {

		private static final long serialVersionUID = 1L;

	}

	@Configuration(proxyBeanMethods = false)
	static class Recording {

		@Bean
		Messages messages() {
			return new Messages();
		}

		@Bean
		@GlobalChannelInterceptor(patterns = FdworkChannels.PUT)
		ChannelInterceptor interceptor(Messages messages) {
			return new ChannelInterceptor() {

				@Override
				public Message<?> preSend(Message<?> message, MessageChannel channel) {
					messages.add(message);
					return message;
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Refusing {

		@Bean
		@GlobalChannelInterceptor(patterns = FdworkChannels.PUT)
		ChannelInterceptor interceptor() {
			return new ChannelInterceptor() {

				@Override
				public Message<?> preSend(Message<?> message, MessageChannel channel) {
					return null;
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ThrowingError {

		@Bean
		@GlobalChannelInterceptor(patterns = FdworkChannels.PUT)
		ChannelInterceptor interceptor() {
			return new ChannelInterceptor() {

				@Override
				public Message<?> preSend(Message<?> message, MessageChannel channel) {
					throw new LinkageError("As the test wants");
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SilentFilter {

		@Bean
		Messages messages() {
			return new Messages();
		}

		@Bean
		IntegrationFlow flow(Messages messages) {
			return IntegrationFlow.from("accepted").filter(Message.class, (message) -> {
				messages.add(message);
				return false;
			}).channel(FdworkChannels.PUT).get();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ClosingFilter {

		@Bean
		IntegrationFlow flow() {
			return IntegrationFlow.from("accepted")
				.filter(WorkRequest.class, (request) -> false, (filter) -> filter
					.discardFlow((discard) -> discard.handle(WorkRequest.class, (request, headers) -> {
						request.close();
						return null;
					})))
				.channel(FdworkChannels.PUT)
				.get();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class PassingFilter {

		@Bean
		IntegrationFlow flow() {
			return IntegrationFlow.from("accepted")
				.filter(WorkRequest.class, (request) -> true)
				.channel(FdworkChannels.PUT)
				.get();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Throwing {

		@Bean
		DirectChannel accepted() {
			return new DirectChannel();
		}

		@Bean
		IntegrationFlow flow(DirectChannel accepted) {
			return IntegrationFlow.from(accepted).handle((MessageHandler) (message) -> {
				throw new IllegalStateException("As the test wants");
			}).get();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ErrorFlow {

		@Bean
		Messages messages() {
			return new Messages();
		}

		@Bean
		RequestMessageProducerSpec producer() {
			return Fdwork.requestInboundChannelAdapter(Duration.ofSeconds(1))
				.outputChannel("accepted")
				.errorChannel("failures.input");
		}

		@Bean
		IntegrationFlow failures(Messages messages) {
			return (flow) -> flow.handle((MessageHandler) messages::add);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class RescuingErrorFlow {

		@Bean
		RequestMessageProducerSpec producer() {
			return Fdwork.requestInboundChannelAdapter(Duration.ofSeconds(1))
				.outputChannel("accepted")
				.errorChannel("failures.input");
		}

		@Bean
		IntegrationFlow failures(KernelQueues queues) {
			return (flow) -> flow.handle((MessageHandler) (message) -> queues
				.put((WorkRequest) ((ErrorMessage) message).getOriginalMessage().getPayload()));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Routing {

		@Bean
		IntegrationFlow flow() {
			return IntegrationFlow.from("accepted")
				.enrichHeaders((headers) -> headers.header(FdworkHeaders.QUEUE, "slow", true))
				.channel(FdworkChannels.PUT)
				.get();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ReplacingPayload {

		@Bean
		IntegrationFlow flow() {
			return IntegrationFlow.from("accepted")
				.transform((request) -> "no request any more")
				.channel(FdworkChannels.PUT)
				.get();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Transforming {

		@Bean
		IntegrationFlow flow() {
			return IntegrationFlow.from("accepted").transform(WorkRequest.class, (request) -> {
				WorkRequest other = WorkRequest.with(request.descriptors().get(0).move())
					.remoteAddress(request.remoteAddress())
					.parameter("tenant", "blue")
					.build();
				request.close();
				return other;
			}).channel(FdworkChannels.PUT).get();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Asynchronous {

		@Bean
		ExecutorChannel accepted() {
			return MessageChannels.executor(Executors.newSingleThreadExecutor((task) -> {
				Thread thread = new Thread(task, "test-asynchronous");
				thread.setDaemon(true);
				return thread;
			})).getObject();
		}

		@Bean
		IntegrationFlow flow(ExecutorChannel accepted) {
			return IntegrationFlow.from(accepted).channel(FdworkChannels.PUT).get();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class DslFlow {

		@Bean
		Messages messages() {
			return new Messages();
		}

		@Bean
		RequestMessageProducerSpec producer() {
			return Fdwork.requestInboundChannelAdapter(Duration.ofSeconds(1));
		}

		@Bean
		IntegrationFlow flow(RequestMessageProducer producer, KernelQueues queues, Messages messages) {
			return IntegrationFlow.from(producer)
				.wireTap((tap) -> tap.handle((MessageHandler) messages::add))
				.handle(Fdwork.outboundChannelAdapter())
				.get();
		}

	}

}
