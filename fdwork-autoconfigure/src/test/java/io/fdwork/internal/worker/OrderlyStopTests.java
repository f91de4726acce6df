package io.fdwork.internal.worker;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fdwork.NoDaemonObserver;
import io.fdwork.NoRequests;
import io.fdwork.NoWorkerObserver;
import io.fdwork.Work;
import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.wire.Membership;
import io.fdwork.worker.ServingMode;
import io.fdwork.worker.WorkerOptions;
import io.fdwork.worker.WorkerState;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what a worker says when the daemon stops, both in one JVM: nothing that
 * sounds as if something had failed.
 */
@Timeout(60)
class OrderlyStopTests {

	private static final List<Logger> loggers = Stream.of(Worker.class, ControlClient.class)
		.map((type) -> (Logger) LoggerFactory.getLogger(type))
		.toList();

	private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

	private final List<String> left = new CopyOnWriteArrayList<>();

	private final List<Work> works = new CopyOnWriteArrayList<>();

	@TempDir
	Path parent;

	private DaemonDirectory directory;

	private KernelQueues queues;

	private Daemon daemon;

	private Worker worker;

	@BeforeEach
	void start() throws IOException {
		this.logged.start();
		loggers.forEach((logger) -> logger.addAppender(this.logged));
		this.directory = DaemonDirectory.open(this.parent.resolve("run"));
		this.queues = KernelQueues.create(Map.of("default", 16));
		DaemonOptions options = new DaemonOptions();
		options.setReportInterval(Duration.ofMillis(50));
		this.daemon = new Daemon(this.directory, this.queues, options, new NoRequests(), new Left());
		this.daemon.start();
	}

	@AfterEach
	void stop() {
		this.works.forEach(Work::close);
		this.worker.stop(Duration.ofSeconds(5));
		stopDaemon();
		loggers.forEach((logger) -> logger.detachAppender(this.logged));
	}

	private void stopDaemon() {
		this.daemon.stop(Duration.ofSeconds(5));
		this.queues.close();
		this.directory.close();
	}

	@RepeatedTest(20)
	void shouldSayThatTheDaemonStopsAndNotThatItHasGone() {
		startWorker(null);
		// One that answers what came with its registration may write too late to read
		// that
		Awaitility.await().until(() -> this.worker.snapshot().daemonLife() == DaemonLife.ALIVE);
		stopDaemon();
		Awaitility.await().until(() -> this.worker.snapshot().state() == WorkerState.DISCONNECTED);
		assertThat(this.left).containsExactly("the daemon has stopped");
		assertThat(logged(Level.INFO)).first()
			.asString()
			.startsWith("Registered with the daemon")
			.contains("in " + this.directory.path() + ", and gets from [default]");
		assertThat(logged(Level.INFO)).element(1).asString().startsWith("The daemon stops. Serving what is left");
		assertThat(logged(Level.WARN)).allMatch((message) -> message.startsWith("No daemon takes this worker"));
	}

	@Test
	void shouldSayNothingInWorkerOfFleetThatTheFleetSays() {
		startWorker(new Membership("token", 1));
		stopDaemon();
		Awaitility.await().until(() -> this.worker.snapshot().state() == WorkerState.DISCONNECTED);
		assertThat(logged(Level.INFO)).allMatch((message) -> message.startsWith("No daemon takes this worker"));
	}

	@Test
	void shouldNotLookForNextDaemonAloudWhileWorkerEnds() throws Exception {
		startWorker(new Membership("token", 1));
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			this.queues.put(WorkRequest.with(pipe.source()).build());
			Awaitility.await().until(() -> this.works.size() == 1);
			CompletableFuture<Void> ended = CompletableFuture.runAsync(() -> this.worker.stop(Duration.ofSeconds(20)));
			Awaitility.await().until(() -> this.worker.snapshot().state() == WorkerState.DRAINING);
			stopDaemon();
			Awaitility.await().until(() -> {
				String problem = this.worker.snapshot().problem();
				return problem != null && !problem.equals("The daemon stops");
			});
			this.works.forEach(Work::close);
			ended.join();
			assertThat(logged(Level.INFO)).isEmpty();
			assertThat(logged(Level.WARN)).isEmpty();
		}
	}

	@Test
	void shouldSayThatItDrainsWhenTheLastWorkHasBeenGot() throws Exception {
		CountDownLatch draining = new CountDownLatch(1);
		BlockingQueue<Boolean> got = new LinkedBlockingQueue<>();
		CountDownLatch getting = new CountDownLatch(1);
		startWorker(null, (work) -> {
			getting.countDown();
			got.add(isCounted(draining, Duration.ofMillis(300)));
		}, new NoDaemonObserver() {

			@Override
			public void draining() {
				draining.countDown();
			}

		});
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			this.queues.put(WorkRequest.with(pipe.source()).build());
			assertThat(getting.await(10, TimeUnit.SECONDS)).isTrue();
			this.worker.stop(Duration.ofSeconds(20));
			assertThat(got).containsExactly(false);
			assertThat(draining.getCount()).isZero();
		}
	}

	private static boolean isCounted(CountDownLatch latch, Duration time) {
		try {
			return latch.await(time.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void startWorker(@Nullable Membership membership) {
		startWorker(membership, (work) -> this.works.add(work.takeOver()), new NoDaemonObserver());
	}

	private void startWorker(@Nullable Membership membership, Consumer<Work> sink, DaemonObserver observer) {
		WorkerOptions options = new WorkerOptions(this.directory.path(), 4);
		options.getQueues().add("default");
		options.setMinReconnectDelay(Duration.ofMillis(10));
		options.setMaxReconnectDelay(Duration.ofMillis(50));
		this.worker = new Worker(options, new ApplicationProbes(membership, () -> null, () -> null, () -> null),
				ServingMode.PLATFORM_THREADS, List::of, sink, observer);
		this.worker.start();
		Awaitility.await().until(() -> this.daemon.snapshot().readyWorkers() == 1);
	}

	private List<String> logged(Level level) {
		return List.copyOf(this.logged.list)
			.stream()
			.filter((event) -> event.getLevel() == level)
			.map(ILoggingEvent::getFormattedMessage)
			.toList();
	}

	/**
	 * Remembers why workers have left.
	 */
	private final class Left extends NoWorkerObserver {

		@Override
		public void left(DaemonSnapshot.WorkerSnapshot worker, String reason) {
			OrderlyStopTests.this.left.add(reason);
		}

	}

}
