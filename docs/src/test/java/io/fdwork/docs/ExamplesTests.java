package io.fdwork.docs;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.autoconfigure.FdworkAutoConfiguration;
import io.fdwork.daemon.DaemonCustomizer;
import io.fdwork.daemon.DaemonOptions.ListenerOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.docs.fleet.DayRule;
import io.fdwork.docs.handler.DeferringHandler;
import io.fdwork.docs.handler.GreetingHandler;
import io.fdwork.docs.integration.CheckingConfiguration;
import io.fdwork.docs.integration.HandingOnConfiguration;
import io.fdwork.docs.integration.RoutingConfiguration;
import io.fdwork.docs.integration.ServingConfiguration;
import io.fdwork.docs.leader.Invoices;
import io.fdwork.docs.netty.EchoInitializer;
import io.fdwork.docs.sending.ChannelSender;
import io.fdwork.docs.sending.FileHandler;
import io.fdwork.docs.sending.FileSender;
import io.fdwork.docs.web.Maintenance;
import io.fdwork.docs.web.OpenSessions;
import io.fdwork.fleet.ScalingFigures;
import io.fdwork.fleet.ScalingRule;
import io.fdwork.integration.inbound.WorkMessageProducer;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.fleet.Fleet;
import io.fdwork.internal.queue.QueueSnapshot;
import io.fdwork.internal.worker.Worker;
import io.fdwork.worker.WorkerState;
import org.awaitility.Awaitility;
import org.hamcrest.Matchers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.integration.autoconfigure.IntegrationAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ClassPathResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs each example: a daemon and a worker, and a client between them.
 */
class ExamplesTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	@TempDir
	private Path temporary;

	@Test
	void shouldGreetWhenServedByHandler() {
		daemon("daemon.yml").run((daemon) -> worker("worker.yml").withUserConfiguration(GreetingHandler.class)
			.run(whenReady((worker) -> {
				assertThat(ask(daemon, "GET / HTTP/1.1\r\n\r\n")).endsWith(ProcessHandle.current().pid() + "\n");
				assertThat(worker.getBean(Worker.class).snapshot().figures().load().concurrency()).isEqualTo(64);
			})));
	}

	@Test
	void shouldAnswerLaterWhenTakenOver() {
		CompletableFuture<String> answer = new CompletableFuture<>();
		daemon("daemon.yml").run((daemon) -> worker("worker.yml")
			.withBean(DeferringHandler.class, () -> new DeferringHandler(() -> answer))
			.run(whenReady((worker) -> {
				try (Socket client = connect(daemon)) {
					Awaitility.await().atMost(TIMEOUT).until(() -> active(worker) == 1);
					answer.complete("later");
					assertThat(readAll(client)).isEqualTo("later");
				}
				Awaitility.await().atMost(TIMEOUT).until(() -> active(worker) == 0);
			})));
	}

	@Test
	void shouldEchoUntilDrainWhenServedByNetty() {
		AtomicReference<Socket> client = new AtomicReference<>();
		daemon("daemon.yml").run((daemon) -> {
			worker("worker.yml").withUserConfiguration(EchoInitializer.class).run(whenReady((worker) -> {
				client.set(connect(daemon));
				client.get().getOutputStream().write("echo".getBytes(StandardCharsets.UTF_8));
				byte[] echo = client.get().getInputStream().readNBytes(4);
				assertThat(new String(echo, StandardCharsets.UTF_8)).isEqualTo("echo");
			}));
			try (Socket drained = client.get()) {
				assertThat(readAll(drained)).isEmpty();
			}
		});
	}

	@Test
	void shouldChooseQueueWhenHeaderIsSet() {
		daemon("daemon-routing.yml").withUserConfiguration(RoutingConfiguration.class).run((daemon) -> {
			try (Socket client = connect(daemon)) {
				Awaitility.await().atMost(TIMEOUT).until(() -> queue(daemon, "internal").depth() == 1);
				assertThat(queue(daemon, "default").put()).isZero();
			}
		});
	}

	@Test
	void shouldDropWhenFilterRejects() {
		Predicate<Work> nobody = (work) -> false;
		daemon("daemon.yml").run((daemon) -> worker("worker-checking.yml")
			.withUserConfiguration(CheckingConfiguration.class, GreetingHandler.class)
			.withBean("welcome", Predicate.class, () -> nobody)
			.run(whenReady((worker) -> {
				try (Socket client = connect(daemon)) {
					assertThat(readAll(client)).isEmpty();
				}
				Awaitility.await().atMost(TIMEOUT).until(() -> ended(worker, WorkOutcome.DROPPED) == 1);
			})));
	}

	@Test
	void shouldServeWhenFlowIsSubscribed() {
		daemon("daemon.yml").run((daemon) -> worker("worker.yml").withUserConfiguration(ServingConfiguration.class)
			.run(whenReady((worker) -> assertThat(ask(daemon, "")).isEqualTo("Hello\n"))));
	}

	@Test
	void shouldServeOnOtherThreadWhenWorkDoesNotEndOnReturn() {
		daemon("daemon.yml").run((daemon) -> worker("worker.yml").withUserConfiguration(HandingOnConfiguration.class)
			.withBean("servingThreads", Executor.class, ForkJoinPool::commonPool)
			.run(whenReady((worker) -> {
				assertThat(worker).hasSingleBean(WorkMessageProducer.class);
				assertThat(ask(daemon, "")).isEqualTo("Hello\n");
				Awaitility.await().atMost(TIMEOUT).until(() -> ended(worker, WorkOutcome.SERVED) == 1);
			})));
	}

	@Test
	void shouldPassFileWhenSentThroughQueueOrChannel() throws IOException {
		Path file = Files.writeString(this.temporary.resolve("letter"), "Dear reader");
		AtomicReference<String> received = new AtomicReference<>();
		BiConsumer<String, String> contents = (name, content) -> received.set(name + ": " + content);
		daemon("daemon-files.yml").withUserConfiguration(FileSender.class, ChannelSender.class)
			.run((daemon) -> worker("worker-files.yml").withBean(FileHandler.class, () -> new FileHandler(contents))
				.run(whenReady((worker) -> {
					daemon.getBean(FileSender.class).send(file);
					Awaitility.await().atMost(TIMEOUT).untilAtomic(received, Matchers.is("letter: Dear reader"));
					Descriptor.Pipe pipe = Descriptor.pipe();
					daemon.getBean(ChannelSender.class).send(pipe.source(), new byte[] { 1 });
					try (OutputStream sink = pipe.sink().toOutputStream()) {
						sink.write("through a pipe".getBytes(StandardCharsets.UTF_8));
					}
					Awaitility.await().atMost(TIMEOUT).untilAtomic(received, Matchers.is(": through a pipe"));
				})));
	}

	@Test
	void shouldEndSessionsWhenWorkerDrains() {
		AtomicInteger ended = new AtomicInteger();
		daemon("daemon.yml").run((daemon) -> {
			worker("worker.yml").withUserConfiguration(GreetingHandler.class)
				.withBean(OpenSessions.class)
				.run(whenReady((worker) -> worker.getBean(OpenSessions.class).add(ended::incrementAndGet)));
			assertThat(ended).hasValue(1);
		});
	}

	@Test
	void shouldRefuseTrafficDuringMaintenance() {
		daemon("daemon.yml").run((daemon) -> worker("worker.yml").withUserConfiguration(GreetingHandler.class)
			.withBean(Maintenance.class)
			.run(whenReady((worker) -> {
				worker.getBean(Maintenance.class)
					.run(() -> assertThat(worker.getBean(Worker.class).snapshot().state())
						.isEqualTo(WorkerState.REFUSING));
				assertThat(ask(daemon, "GET / HTTP/1.1\r\n\r\n")).endsWith(ProcessHandle.current().pid() + "\n");
			})));
	}

	@Test
	void shouldSendInLeaderOnly() {
		daemon("daemon.yml").withBean(Invoices.class).run((daemon) -> {
			daemon.getBean(Invoices.class).sendAll();
			assertThat(daemon.getBean(Invoices.class).sent()).as("a daemon leads nothing").isZero();
			worker("worker.yml").withUserConfiguration(GreetingHandler.class)
				.withBean(Invoices.class)
				.run(whenReady((worker) -> {
					Invoices invoices = worker.getBean(Invoices.class);
					Awaitility.await().atMost(TIMEOUT).until(() -> invoices.sent() == 1);
					invoices.sendAll();
					assertThat(invoices.sendNow()).isEqualTo("sent");
					assertThat(invoices.sent()).isEqualTo(3);
				}));
		});
	}

	@Test
	void shouldAskOwnScalingRuleWhenThereIsOne() {
		Clock night = Clock.fixed(Instant.parse("2026-01-31T03:00:00Z"), ZoneOffset.UTC);
		Clock day = Clock.fixed(Instant.parse("2026-01-31T12:00:00Z"), ZoneOffset.UTC);
		ScalingFigures figures = new ScalingFigures(0, 2, 4, 2, 2, 0, 0, 128, 0, Duration.ZERO, 0);
		assertThat(new DayRule(night).decide(figures).target()).isEqualTo(2);
		assertThat(new DayRule(day).decide(figures).target()).isEqualTo(4);
		daemon("daemon-fleet.yml").withPropertyValues("fdwork.daemon.fleet.min=0")
			.withBean(DayRule.class, () -> new DayRule(night))
			.run((daemon) -> {
				assertThat(daemon).hasSingleBean(ScalingRule.class);
				assertThat(daemon.getBean(Fleet.class).snapshot().target()).isZero();
			});
	}

	private ApplicationContextRunner daemon(String configuration) {
		DaemonCustomizer freePorts = (options) -> {
			List<ListenerOptions> listeners = List.copyOf(options.getListeners());
			options.getListeners().clear();
			for (ListenerOptions listener : listeners) {
				options.getListeners()
					.add(new ListenerOptions(new InetSocketAddress(listener.address().getAddress(), 0),
							listener.backlog(), listener.queue()));
			}
		};
		return runner(configuration).withBean(DaemonCustomizer.class, () -> freePorts);
	}

	private ApplicationContextRunner worker(String configuration) {
		return runner(configuration);
	}

	private ApplicationContextRunner runner(String configuration) {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(IntegrationAutoConfiguration.class, FdworkAutoConfiguration.class))
			.withPropertyValues("fdwork.directory=" + this.temporary.resolve("fdwork"))
			.withInitializer((context) -> load(context, configuration));
	}

	private static void load(ConfigurableApplicationContext context, String configuration) {
		try {
			for (PropertySource<?> source : new YamlPropertySourceLoader().load(configuration,
					new ClassPathResource(configuration))) {
				context.getEnvironment().getPropertySources().addLast(source);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static ContextConsumer<AssertableApplicationContext> whenReady(
			ContextConsumer<AssertableApplicationContext> consumer) {
		return (worker) -> {
			assertThat(worker).hasNotFailed();
			Awaitility.await()
				.atMost(TIMEOUT)
				.until(() -> worker.getBean(Worker.class).snapshot().state() == WorkerState.READY);
			consumer.accept(worker);
		};
	}

	private static Socket connect(AssertableApplicationContext daemon) throws IOException {
		int port = daemon.getBean(Daemon.class).addresses().get(0).getPort();
		Socket client = new Socket(InetAddress.getByName("127.0.0.1"), port);
		client.setSoTimeout((int) TIMEOUT.toMillis());
		return client;
	}

	private static String ask(AssertableApplicationContext daemon, String request) throws IOException {
		try (Socket client = connect(daemon)) {
			client.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
			return readAll(client);
		}
	}

	private static String readAll(Socket client) throws IOException {
		return new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
	}

	private static int active(AssertableApplicationContext worker) {
		return worker.getBean(Worker.class).snapshot().figures().load().active();
	}

	private static long ended(AssertableApplicationContext worker, WorkOutcome outcome) {
		return worker.getBean(Worker.class).snapshot().figures().works().ended().get(outcome).count();
	}

	private static QueueSnapshot queue(AssertableApplicationContext daemon, String name) {
		return daemon.getBean(Daemon.class)
			.snapshot()
			.queues()
			.stream()
			.filter((queue) -> queue.name().equals(name))
			.findFirst()
			.orElseThrow();
	}

}
