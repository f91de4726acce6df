package io.fdwork.internal.worker;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.fdwork.NoDaemonObserver;
import io.fdwork.NoRequests;
import io.fdwork.NoWorkerObserver;
import io.fdwork.Work;
import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.daemon.LeavingWorker;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.OrderKind;
import io.fdwork.worker.ServingMode;
import io.fdwork.worker.WorkerOptions;
import io.fdwork.worker.WorkerState;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Departure}, alone and with a daemon in the same JVM.
 */
@Timeout(60)
class DepartureTests {

	private static final ControlMessage DRAIN = ControlMessage.Order.of(OrderKind.DRAIN);

	private static final ControlMessage STAY = new ControlMessage.Stay(Duration.ofHours(1).toMillis());

	@TempDir
	Path parent;

	private final List<Work> works = new CopyOnWriteArrayList<>();

	private final BlockingQueue<LeavingWorker> questions = new LinkedBlockingQueue<>();

	private Descriptor.Pipe pipe;

	private DaemonDirectory directory;

	private KernelQueues queues;

	private Daemon daemon;

	private Worker worker;

	@BeforeEach
	void start() throws IOException {
		this.pipe = Descriptor.pipe();
		this.directory = DaemonDirectory.open(this.parent.resolve("run"));
		this.queues = KernelQueues.create(Map.of("default", 16));
		DaemonOptions daemonOptions = new DaemonOptions();
		daemonOptions.setReportInterval(Duration.ofMillis(50));
		this.daemon = new Daemon(this.directory, this.queues, daemonOptions, new NoRequests(), new Questions());
		this.daemon.start();
		WorkerOptions options = new WorkerOptions(this.directory.path(), 4);
		options.getQueues().add("default");
		this.worker = new Worker(options, ApplicationProbes.NONE, ServingMode.VIRTUAL_THREADS, List::of,
				this.works::add, new NoDaemonObserver());
	}

	@AfterEach
	void stop() {
		this.worker.stop(Duration.ofSeconds(5));
		this.daemon.stop(Duration.ofSeconds(5));
		this.queues.close();
		this.directory.close();
		this.pipe.close();
	}

	@Test
	void shouldEndAtOnceWhenThereIsNoDaemon() {
		Departure departure = new Departure(Duration.ofHours(1));
		departure.await(() -> false);
		this.worker.awaitRelease();
	}

	@Test
	void shouldEndWithoutAnswerWhenDaemonDoesNotGiveOne() {
		Departure departure = new Departure(Duration.ofMillis(10));
		// As of an earlier connection
		departure.release();
		long start = System.nanoTime();
		departure.await(() -> true);
		assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(Duration.ofMillis(10).toNanos());
	}

	@Test
	void shouldEndWhenDaemonHasNotEndedInItsTime() {
		Departure departure = new Departure(Duration.ofHours(1));
		departure.await(() -> {
			departure.stay(Duration.ofMillis(10));
			return true;
		});
	}

	@Test
	void shouldEndWhenDaemonLetsIt() throws Exception {
		startWorker();
		CompletableFuture<Void> released = CompletableFuture.runAsync(this.worker::awaitRelease);
		question().answer(DRAIN);
		released.get(10, TimeUnit.SECONDS);
		assertThat(this.worker.snapshot().state()).as("its stop is another thing").isEqualTo(WorkerState.READY);
	}

	@Test
	void shouldServeUntilDaemonThatNeedsItHasEnded() throws Exception {
		startWorker();
		CompletableFuture<Void> released = CompletableFuture.runAsync(this.worker::awaitRelease);
		question().answer(STAY);
		for (int i = 1; i <= 20; i++) {
			int served = i;
			this.queues.put(WorkRequest.with(this.pipe.source().duplicate()).build());
			await().until(() -> this.works.size() == served);
		}
		assertThat(released).isNotDone();
		this.daemon.stop(Duration.ofSeconds(5));
		released.get(10, TimeUnit.SECONDS);
	}

	@Test
	void shouldEndBeforeDaemonWhenThatLetsItAfterAll() throws Exception {
		startWorker();
		CompletableFuture<Void> released = CompletableFuture.runAsync(this.worker::awaitRelease);
		LeavingWorker first = question();
		this.worker.askAgain();
		this.worker.askAgain();
		first.answer(STAY);
		await().until(() -> {
			this.worker.askAgain();
			return !this.questions.isEmpty();
		});
		assertThat(released).isNotDone();
		assertThat(this.questions).as("one at a time").hasSize(1);
		question().answer(DRAIN);
		released.get(10, TimeUnit.SECONDS);
	}

	private void startWorker() {
		this.worker.start();
		await().until(() -> this.daemon.snapshot().readyWorkers() == 1);
		// Whoever reports has not yet said to itself that it can ask
		await().until(() -> this.worker.idleReturn().isConnected());
	}

	private LeavingWorker question() throws InterruptedException {
		LeavingWorker question = this.questions.poll(10, TimeUnit.SECONDS);
		assertThat(question).isNotNull();
		return question;
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(10)).pollInterval(Duration.ofMillis(5));
	}

	/**
	 * Keeps the questions of workers that were told to end.
	 */
	private final class Questions extends NoWorkerObserver {

		@Override
		public void toldToEnd(LeavingWorker worker) {
			DepartureTests.this.questions.add(worker);
		}

	}

}
