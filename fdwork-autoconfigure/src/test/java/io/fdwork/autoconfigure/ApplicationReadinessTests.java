package io.fdwork.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.worker.Worker;
import io.fdwork.worker.WorkerState;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for workers whose application says whether it accepts traffic.
 */
@Timeout(60)
class ApplicationReadinessTests {

	@TempDir
	private Path temp;

	private Descriptor.Pipe pipe;

	private ConfigurableApplicationContext daemon;

	@BeforeEach
	void start() throws Exception {
		Handling.served.clear();
		Handling.runner = (arguments) -> {
		};
		this.pipe = Descriptor.pipe();
		this.daemon = startDaemon();
	}

	@AfterEach
	void stop() {
		this.daemon.close();
		this.pipe.close();
	}

	@Test
	void shouldGetNothingUntilRunnersAreDone() throws Exception {
		CountDownLatch running = new CountDownLatch(1);
		CountDownLatch done = new CountDownLatch(1);
		Handling.runner = (arguments) -> {
			running.countDown();
			done.await();
		};
		put();
		CompletableFuture<ConfigurableApplicationContext> starting = CompletableFuture.supplyAsync(this::startWorker);
		try {
			running.await();
			awaitWorker(WorkerState.REFUSING);
			assertThat(depth()).isEqualTo(1);
			assertThat(Handling.served).isEmpty();
			assertThat(readiness(this.daemon)).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
		}
		finally {
			done.countDown();
		}
		try (ConfigurableApplicationContext worker = starting.join()) {
			await().until(() -> Handling.served.size() == 1);
			awaitWorker(WorkerState.READY);
			assertThat(readiness(worker)).isEqualTo(ReadinessState.ACCEPTING_TRAFFIC);
			await().until(() -> readiness(this.daemon) == ReadinessState.ACCEPTING_TRAFFIC);
		}
	}

	@Test
	void shouldHaveGotNothingWhenRunnerThrows() throws Exception {
		Handling.runner = (arguments) -> {
			awaitWorker(WorkerState.REFUSING);
			throw new IllegalStateException("The cache is not there");
		};
		put();
		assertThatIllegalStateException().isThrownBy(this::startWorker).withMessageContaining("The cache is not there");
		await().until(() -> snapshot().workers().isEmpty());
		assertThat(depth()).isEqualTo(1);
		assertThat(Handling.served).isEmpty();
	}

	@Test
	void shouldHaveGotNothingWhenDaemonHasGoneAndRunnerThrows() throws Exception {
		Handling.runner = (arguments) -> {
			awaitWorker(WorkerState.REFUSING);
			put();
			this.daemon.close();
			throw new IllegalStateException("The cache is not there");
		};
		assertThatIllegalStateException().isThrownBy(this::startWorker);
		assertThat(Handling.served).isEmpty();
	}

	@Test
	void shouldGetNothingWhileApplicationRefusesTraffic() throws Exception {
		try (ConfigurableApplicationContext worker = startWorker()) {
			awaitWorker(WorkerState.READY);
			AvailabilityChangeEvent.publish(worker, this, ReadinessState.REFUSING_TRAFFIC);
			assertThat(state(worker)).isEqualTo(WorkerState.REFUSING);
			awaitWorker(WorkerState.REFUSING);
			put();
			HealthIndicator health = worker.getBean("fdworkHealthIndicator", HealthIndicator.class);
			assertThat(health.health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
			assertThat(health.health().getDetails()).containsEntry("state", WorkerState.REFUSING)
				.containsEntry("reason", "The application refuses traffic");
			assertThat(depth()).isEqualTo(1);
			AvailabilityChangeEvent.publish(worker, this, ReadinessState.ACCEPTING_TRAFFIC);
			await().until(() -> Handling.served.size() == 1);
			awaitWorker(WorkerState.READY);
			assertThat(readiness(worker)).isEqualTo(ReadinessState.ACCEPTING_TRAFFIC);
		}
	}

	@Test
	void shouldKeepRefusingWhenDaemonComesBack() {
		try (ConfigurableApplicationContext worker = startWorker()) {
			awaitWorker(WorkerState.READY);
			AvailabilityChangeEvent.publish(worker, this, ReadinessState.REFUSING_TRAFFIC);
			restartDaemon(worker);
			awaitWorker(WorkerState.REFUSING);
			assertThat(readiness(worker)).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
		}
	}

	@Test
	void shouldNotRefuseBecauseFdworkSaysThatNoWorkCanBeServed() throws Exception {
		try (ConfigurableApplicationContext worker = startWorker()) {
			awaitWorker(WorkerState.READY);
			restartDaemon(worker);
			awaitWorker(WorkerState.READY);
			await().until(() -> readiness(worker) == ReadinessState.ACCEPTING_TRAFFIC);
			put();
			await().until(() -> Handling.served.size() == 1);
		}
	}

	@Test
	void shouldSayThatNoTrafficIsAcceptedWhenApplicationAcceptsAndDaemonHasGone() {
		try (ConfigurableApplicationContext worker = startWorker()) {
			awaitWorker(WorkerState.READY);
			AvailabilityChangeEvent.publish(worker, this, ReadinessState.REFUSING_TRAFFIC);
			this.daemon.close();
			await().until(() -> state(worker) == WorkerState.DISCONNECTED);
			AvailabilityChangeEvent.publish(worker, this, ReadinessState.ACCEPTING_TRAFFIC);
			assertThat(readiness(worker)).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
		}
	}

	@Test
	void shouldNotRefuseBecauseChildDoes() throws Exception {
		try (ConfigurableApplicationContext worker = startWorker();
				GenericApplicationContext child = new GenericApplicationContext()) {
			awaitWorker(WorkerState.READY);
			child.setParent(worker);
			child.refresh();
			AvailabilityChangeEvent.publish(child, ReadinessState.REFUSING_TRAFFIC);
			put();
			await().until(() -> Handling.served.size() == 1);
			assertThat(state(worker)).isEqualTo(WorkerState.READY);
		}
	}

	@Test
	void shouldBeReadyAtOnceWhenNoSpringApplicationRunsTheContext() throws Exception {
		put();
		RoleContexts.worker(directory()).withUserConfiguration(Handling.class).run((worker) -> {
			await().until(() -> Handling.served.size() == 1);
			AvailabilityChangeEvent.publish(worker, this, ReadinessState.REFUSING_TRAFFIC);
			awaitWorker(WorkerState.REFUSING);
			AvailabilityChangeEvent.publish(worker, this, ReadinessState.ACCEPTING_TRAFFIC);
			awaitWorker(WorkerState.READY);
		});
	}

	@Test
	void shouldBeReadyAtOnceWhenSpringApplicationRunsTheParentAlone() throws Exception {
		put();
		try (ConfigurableApplicationContext parent = RoleContexts.start(Object.class, "fdwork.role=none")) {
			ApplicationContextInitializer<ConfigurableApplicationContext> child = (context) -> context
				.setParent(parent);
			RoleContexts.worker(directory())
				.withInitializer(child)
				.withUserConfiguration(Handling.class)
				.run((worker) -> await().until(() -> Handling.served.size() == 1));
		}
	}

	private void restartDaemon(ApplicationContext worker) {
		this.daemon.close();
		await().until(() -> state(worker) == WorkerState.DISCONNECTED);
		assertThat(readiness(worker)).isEqualTo(ReadinessState.REFUSING_TRAFFIC);
		this.daemon = startDaemon();
	}

	private ConfigurableApplicationContext startDaemon() {
		return RoleContexts.start(RoleContexts.Application.class, "fdwork.role=daemon",
				"fdwork.directory=" + directory(), "fdwork.daemon.listeners[0].address=127.0.0.1",
				"fdwork.daemon.listeners[0].port=0", "fdwork.daemon.report-interval=50ms");
	}

	private ConfigurableApplicationContext startWorker() {
		return RoleContexts.start(Handling.class, "fdwork.role=worker", "fdwork.directory=" + directory(),
				"fdwork.worker.concurrency=1", "fdwork.worker.min-reconnect-delay=20ms");
	}

	private Path directory() {
		return this.temp.resolve("d");
	}

	private void put() throws Exception {
		this.daemon.getBean(KernelQueues.class).put(WorkRequest.with(this.pipe.source().duplicate()).build());
	}

	private long depth() {
		return this.daemon.getBean(KernelQueues.class).snapshots().get(0).depth();
	}

	private DaemonSnapshot snapshot() {
		return this.daemon.getBean(Daemon.class).snapshot();
	}

	private void awaitWorker(WorkerState state) {
		await().until(() -> snapshot().workers().stream().anyMatch((worker) -> worker.state() == state));
	}

	private static WorkerState state(ApplicationContext worker) {
		return worker.getBean(Worker.class).snapshot().state();
	}

	private static ReadinessState readiness(ApplicationContext context) {
		return context.getBean(ApplicationAvailability.class).getReadinessState();
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(10));
	}

	/**
	 * A worker with a runner that the test gives.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Handling {

		static final List<Work> served = new CopyOnWriteArrayList<>();

		static volatile ApplicationRunner runner;

		@Bean
		WorkHandler handler() {
			return served::add;
		}

		@Bean
		ApplicationRunner testRunner() {
			return (arguments) -> runner.run(arguments);
		}

	}

}
