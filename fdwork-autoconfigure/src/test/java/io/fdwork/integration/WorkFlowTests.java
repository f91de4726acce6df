package io.fdwork.integration;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.WorkOutcome;
import io.fdwork.WorkQueue;
import io.fdwork.WorkRequest;
import io.fdwork.autoconfigure.RoleContexts;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.integration.dsl.Fdwork;
import io.fdwork.integration.dsl.WorkMessageProducerSpec;
import io.fdwork.integration.event.DaemonConnectedEvent;
import io.fdwork.integration.event.DaemonLostEvent;
import io.fdwork.integration.event.WorkDroppedEvent;
import io.fdwork.integration.event.WorkerDrainingEvent;
import io.fdwork.integration.event.WorkerJoinedEvent;
import io.fdwork.integration.event.WorkerLeftEvent;
import io.fdwork.integration.inbound.WorkMessageProducer;
import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.internal.worker.Worker;
import io.fdwork.serve.DrainEvent;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.integration.MessageRejectedException;
import org.springframework.integration.annotation.ServiceActivator;
import org.springframework.integration.channel.ExecutorChannel;
import org.springframework.integration.config.GlobalChannelInterceptor;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.MessageHandler;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.messaging.support.ChannelInterceptor;
import org.springframework.messaging.support.ErrorMessage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for the way of a work from its queue to what serves it: a daemon and a worker in
 * one JVM, and real clients.
 */
class WorkFlowTests {

	@TempDir
	private Path temp;

	@Test
	void shouldServeWithWorkHandler() {
		run(HandlerConfiguration.class, (daemon, worker) -> {
			try (Client client = Client.connect(daemon)) {
				assertThat(client.readAll()).isEqualTo("handler");
			}
			awaitEnded(worker, WorkOutcome.SERVED, 1);
		});
	}

	@Test
	void shouldCountAsFailedWhenWorkHandlerThrows() {
		run(ThrowingHandlerConfiguration.class, (daemon, worker) -> {
			try (Client client = Client.connect(daemon)) {
				assertThat(client.readAll()).isEmpty();
			}
			awaitEnded(worker, WorkOutcome.FAILED, 1);
			assertThat(dropped(worker)).isEmpty();
		});
	}

	@Test
	void shouldServeWithPipeline() {
		run(PipelineConfiguration.class, (daemon, worker) -> {
			try (Client client = Client.connect(daemon)) {
				assertThat(client.readAll()).isEqualTo("pipeline");
			}
			awaitEnded(worker, WorkOutcome.SERVED, 1);
		});
	}

	@Test
	void shouldTellPipelineWhenWorkerDrains() {
		run(DrainedPipelineConfiguration.class, (daemon, worker) -> {
			try (Client client = Client.connect(daemon)) {
				await().until(() -> figures(worker).load().active() == 1);
				assertThat(client.isClosedByServer()).isFalse();
				worker.getSourceApplicationContext().close();
				assertThat(client.readAll()).isEqualTo("drained");
			}
		});
	}

	@Test
	void shouldServeWithFlow() {
		run(FlowConfiguration.class, (daemon, worker) -> {
			try (Client client = Client.connect(daemon)) {
				assertThat(client.readAll()).isEqualTo("flow");
			}
			awaitEnded(worker, WorkOutcome.SERVED, 1);
		});
	}

	@Test
	void shouldSendHeadersWithWork() {
		run(ServiceActivatorConfiguration.class, (daemon, worker) -> {
			try (Client client = Client.connect(daemon)) {
				assertThat(client.readAll()).isEqualTo("default " + client.address());
			}
		});
	}

	@Test
	void shouldServeWithHandlerWhenFlowIsInBetween() {
		run(FilteredHandlerConfiguration.class, (daemon, worker) -> {
			try (Client client = Client.connect(daemon)) {
				assertThat(client.readAll()).isEqualTo("handler");
			}
			awaitEnded(worker, WorkOutcome.SERVED, 1);
		}, "fdwork.worker.integration-channel=works");
	}

	@Test
	void shouldDropWorkWhenInterceptorRefuses() {
		run(RefusingConfiguration.class, (daemon, worker) -> {
			try (Client client = Client.connect(daemon)) {
				assertThat(client.readAll()).isEmpty();
			}
			awaitEnded(worker, WorkOutcome.DROPPED, 1);
			assertDropped(worker, "refused", null);
		});
	}

	@Test
	void shouldDropWorkWhenFilterThrowsOnRejection() {
		run(RejectingConfiguration.class, (daemon, worker) -> {
			try (Client client = Client.connect(daemon)) {
				assertThat(client.readAll()).isEmpty();
			}
			awaitEnded(worker, WorkOutcome.DROPPED, 1);
			assertDropped(worker, "filter", MessageRejectedException.class);
		});
	}

	@Test
	void shouldCountAsFailedWhenEndpointThrows() {
		run(ThrowingFlowConfiguration.class, (daemon, worker) -> {
			try (Client client = Client.connect(daemon)) {
				assertThat(client.readAll()).isEmpty();
			}
			awaitEnded(worker, WorkOutcome.FAILED, 1);
			assertThat(dropped(worker)).isEmpty();
			// And goes on
			try (Client client = Client.connect(daemon)) {
				assertThat(client.readAll()).isEmpty();
			}
			awaitEnded(worker, WorkOutcome.FAILED, 2);
		});
	}

	@Test
	void shouldSendErrorMessageWhenEndpointThrows() {
		run(ErrorFlowConfiguration.class, (daemon, worker) -> {
			try (Client client = Client.connect(daemon)) {
				assertThat(client.readAll()).isEqualTo("sorry");
			}
			awaitEnded(worker, WorkOutcome.FAILED, 1);
			assertThat(worker.getBean(Messages.class)).singleElement()
				.isInstanceOfSatisfying(ErrorMessage.class, (message) -> {
					assertThat(message.getPayload()).hasRootCauseMessage("As the test wants");
					assertThat(message.getOriginalMessage().getPayload()).isInstanceOf(Work.class);
				});
		});
	}

	@Test
	void shouldKeepWorkInHandWhenFlowEndsItItself() {
		run(EndsItselfConfiguration.class, (daemon, worker) -> {
			try (Client client = Client.connect(daemon)) {
				Work work = worker.getBean(Works.class).poll(10, TimeUnit.SECONDS);
				assertThat(work).isNotNull();
				assertThat(figures(worker).load().active()).isEqualTo(1);
				assertThat(client.isClosedByServer()).isFalse();
				write(work, "later");
				work.close();
				assertThat(client.readAll()).isEqualTo("later");
			}
			awaitEnded(worker, WorkOutcome.SERVED, 1);
			assertThat(figures(worker).load().active()).isZero();
		});
	}

	@Test
	void shouldServeWhenFlowGoesOverAnotherThread() {
		run(AsynchronousConfiguration.class, (daemon, worker) -> {
			try (Client client = Client.connect(daemon)) {
				assertThat(client.readAll()).isEqualTo("asynchronous");
			}
			awaitEnded(worker, WorkOutcome.SERVED, 1);
		});
	}

	@Test
	void shouldServeDescriptorsOfUser() {
		run(PipeConfiguration.class, (daemon, worker) -> {
			try (Descriptor.Pipe pipe = Descriptor.pipe()) {
				daemon.getBean(WorkQueue.class)
					.put(WorkRequest.with(pipe.sink().move()).parameter("greeting", "hello").build());
				String read = new String(pipe.source().toInputStream().readAllBytes(), StandardCharsets.UTF_8);
				assertThat(read).isEqualTo("hello");
			}
			awaitEnded(worker, WorkOutcome.SERVED, 1);
		});
	}

	@Test
	void shouldPublishEventsWhenWorkerComesAndGoes() {
		run(HandlerConfiguration.class, (daemon, worker) -> {
			long pid = ProcessHandle.current().pid();
			Recorder ofDaemon = daemon.getBean(Recorder.class);
			Recorder ofWorker = worker.getBean(Recorder.class);
			await().untilAsserted(() -> assertThat(ofWorker.events(DaemonConnectedEvent.class)).singleElement()
				.satisfies((event) -> assertThat(event.getDaemonPid()).isEqualTo(pid)));
			await().untilAsserted(() -> assertThat(ofDaemon.events(WorkerJoinedEvent.class)).singleElement()
				.satisfies((event) -> assertThat(event.getWorker().pid()).isEqualTo(pid)));
			worker.getSourceApplicationContext().close();
			assertThat(ofWorker.events(WorkerDrainingEvent.class)).hasSize(1);
			await().untilAsserted(() -> assertThat(ofDaemon.events(WorkerLeftEvent.class)).singleElement()
				.satisfies((event) -> assertThat(event.getReason()).isEqualTo("bye: stopped")));
		});
	}

	@Test
	void shouldPublishEventWhenDaemonGoes() {
		run(HandlerConfiguration.class, (daemon, worker) -> {
			Recorder ofWorker = worker.getBean(Recorder.class);
			daemon.getSourceApplicationContext().close();
			await().untilAsserted(() -> assertThat(ofWorker.events(DaemonLostEvent.class)).singleElement()
				.satisfies((event) -> assertThat(event.getReason()).isNotBlank()));
			assertThat(worker.getBean(Worker.class).snapshot().problem()).isNotBlank();
		});
	}

	private void run(Class<?> configuration, Scenario scenario, String... properties) {
		Path directory = this.temp.resolve("d");
		RoleContexts.daemon(directory).withBean(Recorder.class).run((daemon) -> {
			assertThat(daemon).hasNotFailed();
			RoleContexts.worker(directory)
				.withPropertyValues(properties)
				.withUserConfiguration(configuration)
				.withBean(Recorder.class)
				.run((worker) -> {
					assertThat(worker).hasNotFailed();
					await().until(() -> worker.getBean(Worker.class).snapshot().daemonPid() != null);
					scenario.run(daemon, worker);
				});
		});
	}

	private static WorkerFigures figures(AssertableApplicationContext worker) {
		return worker.getBean(Worker.class).snapshot().figures();
	}

	private static void awaitEnded(AssertableApplicationContext worker, WorkOutcome outcome, long count) {
		await().untilAsserted(() -> {
			assertThat(figures(worker).works().ended()).allSatisfy(
					(each, ended) -> assertThat(ended.count()).as("%s", each).isEqualTo((each == outcome) ? count : 0));
			assertThat(figures(worker).load().active()).isZero();
		});
	}

	private static List<WorkDroppedEvent> dropped(AssertableApplicationContext worker) {
		return worker.getBean(Recorder.class).events(WorkDroppedEvent.class);
	}

	private static void assertDropped(AssertableApplicationContext worker, String reason,
			Class<? extends Throwable> cause) {
		await().untilAsserted(() -> assertThat(dropped(worker)).hasSize(1));
		WorkDroppedEvent event = dropped(worker).get(0);
		assertThat(event.getReason()).contains(reason);
		assertThat(event.getWork().outcome()).isEqualTo(WorkOutcome.DROPPED);
		assertThat(event.getWork().descriptors()).noneMatch(Descriptor::isOpen);
		if (cause != null) {
			assertThat(event.getCause()).isInstanceOf(cause);
		}
		else {
			assertThat(event.getCause()).isNull();
		}
	}

	private static void write(Work work, String text) {
		try {
			work.channel().write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * What happens between a daemon and its worker.
	 */
	private interface Scenario {

		void run(AssertableApplicationContext daemon, AssertableApplicationContext worker) throws Exception;

	}

	/**
	 * Messages that were seen.
	 */
	static class Messages extends CopyOnWriteArrayList<Message<?>> {

		private static final long serialVersionUID = 1L;

	}

	/**
	 * Works that were taken over.
	 */
	static class Works {

		private final BlockingQueue<Work> works = new LinkedBlockingQueue<>();

		void add(Work work) {
			this.works.add(work);
		}

		Work poll(long timeout, TimeUnit unit) throws InterruptedException {
			return this.works.poll(timeout, unit);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class HandlerConfiguration {

		@Bean
		WorkHandler handler() {
			return (work) -> write(work, "handler");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ThrowingHandlerConfiguration {

		@Bean
		WorkHandler handler() {
			return (work) -> {
				throw new IOException("As the test wants");
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class PipelineConfiguration {

		@Bean
		ChannelInitializer<Channel> pipeline() {
			return new ChannelInitializer<>() {

				@Override
				protected void initChannel(Channel channel) {
					channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {

						@Override
						public void channelActive(ChannelHandlerContext context) {
							context.writeAndFlush(Unpooled.copiedBuffer("pipeline", StandardCharsets.UTF_8))
								.addListener(ChannelFutureListener.CLOSE);
						}

					});
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class DrainedPipelineConfiguration {

		@Bean
		ChannelInitializer<Channel> pipeline() {
			return new ChannelInitializer<>() {

				@Override
				protected void initChannel(Channel channel) {
					channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {

						@Override
						public void userEventTriggered(ChannelHandlerContext context, Object event) {
							if (event == DrainEvent.INSTANCE) {
								context.writeAndFlush(Unpooled.copiedBuffer("drained", StandardCharsets.UTF_8))
									.addListener(ChannelFutureListener.CLOSE);
							}
						}

					});
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FlowConfiguration {

		@Bean
		IntegrationFlow flow() {
			return IntegrationFlow.from(FdworkChannels.GET).handle(Work.class, (work, headers) -> {
				write(work, "flow");
				return null;
			}).get();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ServiceActivatorConfiguration {

		@ServiceActivator(inputChannel = FdworkChannels.GET)
		void serve(Work work, @Header(FdworkHeaders.QUEUE) String queue,
				@Header(FdworkHeaders.REMOTE_ADDRESS) Object client) {
			write(work, queue + " " + client);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FilteredHandlerConfiguration extends HandlerConfiguration {

		@Bean
		IntegrationFlow flow() {
			return IntegrationFlow.from("works").filter(Work.class, (work) -> true).channel(FdworkChannels.GET).get();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class RefusingConfiguration extends HandlerConfiguration {

		@Bean
		@GlobalChannelInterceptor(patterns = FdworkChannels.GET)
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
	static class RejectingConfiguration {

		@Bean
		IntegrationFlow flow() {
			return IntegrationFlow.from(FdworkChannels.GET)
				.filter(Work.class, (work) -> false, (filter) -> filter.throwExceptionOnRejection(true))
				.handle((message) -> {
				})
				.get();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ThrowingFlowConfiguration {

		@Bean
		IntegrationFlow flow() {
			return IntegrationFlow.from(FdworkChannels.GET).handle((MessageHandler) (message) -> {
				throw new IllegalStateException("As the test wants");
			}).get();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ErrorFlowConfiguration extends ThrowingFlowConfiguration {

		@Bean
		Messages messages() {
			return new Messages();
		}

		@Bean
		WorkMessageProducerSpec producer() {
			return Fdwork.workInboundChannelAdapter().outputChannel(FdworkChannels.GET).errorChannel("failures.input");
		}

		@Bean
		IntegrationFlow failures(Messages messages) {
			return (flow) -> flow.handle((MessageHandler) (message) -> {
				messages.add(message);
				write((Work) ((ErrorMessage) message).getOriginalMessage().getPayload(), "sorry");
			});
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class EndsItselfConfiguration {

		@Bean
		Works works() {
			return new Works();
		}

		@Bean
		WorkMessageProducerSpec producer() {
			return Fdwork.workInboundChannelAdapter().outputChannel(FdworkChannels.GET).endOnReturn(false);
		}

		@Bean
		IntegrationFlow flow(Works works) {
			return IntegrationFlow.from(FdworkChannels.GET).handle(Work.class, (work, headers) -> {
				works.add(work);
				return null;
			}).get();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class AsynchronousConfiguration {

		@Bean
		WorkMessageProducer producer() {
			WorkMessageProducer producer = new WorkMessageProducer();
			producer.setEndOnReturn(false);
			producer.setOutputChannelName("elsewhere");
			return producer;
		}

		@Bean
		ExecutorChannel elsewhere() {
			Executor executor = (task) -> new Thread(task, "test-elsewhere").start();
			return new ExecutorChannel(executor);
		}

		@Bean
		IntegrationFlow flow(ExecutorChannel elsewhere) {
			return IntegrationFlow.from(elsewhere).channel(FdworkChannels.GET).get();
		}

		@Bean
		WorkHandler handler() {
			return (work) -> {
				try (work) {
					write(work, "asynchronous");
				}
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class PipeConfiguration {

		@Bean
		WorkHandler handler() {
			return (work) -> {
				try (var output = work.descriptors().get(0).toOutputStream()) {
					output.write(work.parameters().get("greeting").getBytes(StandardCharsets.UTF_8));
				}
			};
		}

	}

}
