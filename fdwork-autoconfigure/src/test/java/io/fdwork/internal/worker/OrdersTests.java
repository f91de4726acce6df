package io.fdwork.internal.worker;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import io.fdwork.Work;
import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.daemon.RequestSink;
import io.fdwork.internal.daemon.WorkerObserver;
import io.fdwork.internal.queue.KernelQueues;
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
 * Tests for what a daemon orders and a worker does, both in one JVM.
 */
@Timeout(60)
class OrdersTests {

	private static final int CONCURRENCY = 4;

	@TempDir
	Path parent;

	private final List<Work> works = new CopyOnWriteArrayList<>();

	private final AtomicInteger drainOrders = new AtomicInteger();

	private Descriptor.Pipe pipe;

	private DaemonDirectory directory;

	private KernelQueues queues;

	private Daemon daemon;

	private Worker worker;

	@BeforeEach
	void start() throws IOException {
		this.pipe = Descriptor.pipe();
		startDaemon();
		WorkerOptions options = new WorkerOptions(this.directory.path(), CONCURRENCY);
		options.getQueues().add("default");
		options.setMinReconnectDelay(Duration.ofMillis(10));
		options.setMaxReconnectDelay(Duration.ofMillis(50));
		this.worker = new Worker(options, ApplicationProbes.NONE, ServingMode.VIRTUAL_THREADS, List::of,
				(work) -> this.works.add(work.takeOver()), new Drains());
	}

	private void startDaemon() throws IOException {
		this.directory = DaemonDirectory.open(this.parent.resolve("run"));
		this.queues = KernelQueues.create(Map.of("default", 16));
		DaemonOptions options = new DaemonOptions();
		options.setReportInterval(Duration.ofMillis(50));
		this.daemon = new Daemon(this.directory, this.queues, options, new NoRequests(), new NoObserver());
		this.daemon.start();
	}

	@AfterEach
	void stop() {
		this.works.forEach(Work::close);
		this.worker.stop(Duration.ofSeconds(5));
		this.works.forEach(Work::close);
		stopDaemon();
		this.pipe.close();
	}

	private void stopDaemon() {
		this.daemon.stop(Duration.ofSeconds(5));
		this.queues.close();
		this.directory.close();
	}

	@Test
	void shouldRegisterAfterWarmUp() throws Exception {
		WorkerOptions options = new WorkerOptions(this.directory.path(), CONCURRENCY);
		options.getQueues().add("default");
		options.getWarmUpPaths().add("/");
		List<Integer> registered = new CopyOnWriteArrayList<>();
		Worker warm = new Worker(options, ApplicationProbes.NONE, ServingMode.PLATFORM_THREADS, List::of,
				(work) -> registered.add(this.daemon.snapshot().workers().size()), new Drains());
		try {
			warm.start();
			await().until(() -> this.daemon.snapshot().readyWorkers() == 1);
			assertThat(registered).containsExactly(0);
		}
		finally {
			warm.stop(Duration.ofSeconds(5));
		}
	}

	@Test
	void shouldGetNothingWhileQuiesced() throws Exception {
		this.worker.start();
		awaitState(WorkerState.READY);
		this.daemon.quiesce();
		this.daemon.quiesce();
		awaitState(WorkerState.QUIESCED);
		assertThat(this.daemon.isQuiesced()).isTrue();
		assertThat(this.daemon.snapshot().readyWorkers()).isZero();
		// On a busy machine it may miss the short report
		// interval of this test for a moment
		await().until(() -> this.daemon.snapshot()
			.workers()
			.stream()
			.filter(DaemonSnapshot.WorkerSnapshot::isServing)
			.count() == 1);
		put(2);
		roundTrip();
		assertThat(this.works).isEmpty();
		assertThat(depth()).isEqualTo(2);
		this.daemon.resume();
		this.daemon.resume();
		await().until(() -> this.works.size() == 2);
		awaitState(WorkerState.READY);
		assertThat(this.daemon.isQuiesced()).isFalse();
	}

	@Test
	void shouldFinishWhatIsInHandWhileQuiesced() throws Exception {
		this.worker.start();
		put(1);
		await().until(() -> this.works.size() == 1);
		this.daemon.quiesce();
		awaitState(WorkerState.QUIESCED);
		assertThat(this.works.get(0).outcome()).isNull();
		this.works.get(0).close();
		await().until(() -> worker().figures().active() == 0);
		awaitState(WorkerState.QUIESCED);
	}

	@Test
	void shouldGetNothingWhenWorkerJoinsQuiescedDaemon() throws Exception {
		this.daemon.quiesce();
		put(1);
		this.worker.start();
		awaitState(WorkerState.QUIESCED);
		roundTrip();
		assertThat(this.works).isEmpty();
		assertThat(depth()).isEqualTo(1);
		this.daemon.resume();
		await().until(() -> this.works.size() == 1);
		awaitState(WorkerState.READY);
	}

	@Test
	void shouldHaveAsManyInHandAsOrderedButNoMoreThanConfigured() throws Exception {
		this.daemon.setConcurrency(2);
		this.worker.start();
		await().until(() -> !this.daemon.snapshot().workers().isEmpty() && worker().figures().concurrency() == 2);
		put(8);
		await().until(() -> this.works.size() == 2);
		this.daemon.setConcurrency(3);
		await().until(() -> this.works.size() == 3);
		await().until(() -> worker().figures().concurrency() == 3);
		this.daemon.setConcurrency(100);
		await().until(() -> this.works.size() == CONCURRENCY);
		await().until(() -> worker().figures().concurrency() == CONCURRENCY);
		this.daemon.setConcurrency(1);
		await().until(() -> worker().figures().concurrency() == 1);
		assertThat(this.works).as("not disturbed").hasSize(CONCURRENCY).allMatch((work) -> work.outcome() == null);
		this.works.subList(0, 3).forEach(Work::close);
		await().until(() -> worker().figures().active() == 1);
		assertThat(this.works).as("one is in hand").hasSize(CONCURRENCY);
		this.works.get(3).close();
		await().until(() -> this.works.size() == CONCURRENCY + 1);
		this.daemon.setConcurrency(0);
		await().until(() -> this.works.size() == 8);
		await().until(() -> worker().figures().concurrency() == CONCURRENCY);
		assertThat(this.daemon.getConcurrency()).isZero();
	}

	@Test
	void shouldForgetOrdersOfDaemonThatHasGone() throws Exception {
		this.daemon.setConcurrency(1);
		this.worker.start();
		await().until(() -> !this.daemon.snapshot().workers().isEmpty() && worker().figures().concurrency() == 1);
		this.daemon.quiesce();
		awaitState(WorkerState.QUIESCED);
		stopDaemon();
		await().until(() -> this.worker.snapshot().state() == WorkerState.DISCONNECTED);
		startDaemon();
		awaitState(WorkerState.READY);
		assertThat(worker().figures().concurrency()).isEqualTo(CONCURRENCY);
		put(2);
		await().until(() -> this.works.size() == 2);
	}

	@Test
	void shouldServeWhatIsQueuedWhenQuiescedDaemonStops() throws Exception {
		this.worker.start();
		awaitState(WorkerState.READY);
		this.daemon.quiesce();
		awaitState(WorkerState.QUIESCED);
		put(3);
		this.daemon.stop(Duration.ofSeconds(10));
		await().until(() -> this.works.size() == 3);
	}

	@Test
	void shouldStopWhileQuiesced() throws Exception {
		this.worker.start();
		awaitState(WorkerState.READY);
		this.daemon.quiesce();
		awaitState(WorkerState.QUIESCED);
		put(1);
		this.worker.stop(Duration.ofSeconds(5));
		assertThat(this.worker.snapshot().state()).isEqualTo(WorkerState.STOPPED);
		assertThat(this.works).isEmpty();
		assertThat(depth()).as("left for others").isEqualTo(1);
	}

	@Test
	void shouldTellWorkerToDrain() {
		this.worker.start();
		awaitState(WorkerState.READY);
		assertThat(this.daemon.drain(worker().id() + 1)).isFalse();
		assertThat(this.drainOrders).hasValue(0);
		assertThat(this.daemon.drain(worker().id())).isTrue();
		await().until(() -> this.drainOrders.get() == 1);
	}

	/**
	 * Wait until the worker has done another order, and so could have got.
	 */
	private void roundTrip() {
		for (int concurrency : new int[] { CONCURRENCY - 1, CONCURRENCY }) {
			this.daemon.setConcurrency(concurrency);
			await().until(() -> worker().figures().concurrency() == concurrency);
		}
	}

	private void put(int times) throws IOException {
		for (int i = 0; i < times; i++) {
			this.queues.put(WorkRequest.with(this.pipe.source().duplicate()).build());
		}
	}

	private long depth() {
		return this.queues.snapshots().get(0).depth();
	}

	private DaemonSnapshot.WorkerSnapshot worker() {
		return this.daemon.snapshot().workers().get(0);
	}

	private void awaitState(WorkerState state) {
		await().until(() -> this.daemon.snapshot().workers().stream().anyMatch((worker) -> worker.state() == state));
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(10)).pollInterval(Duration.ofMillis(10));
	}

	/**
	 * Counts the orders to drain.
	 */
	private final class Drains implements DaemonObserver {

		@Override
		public void connected(long daemonPid) {
		}

		@Override
		public void lost(String reason) {
		}

		@Override
		public void draining() {
		}

		@Override
		public void drainOrdered() {
			OrdersTests.this.drainOrders.incrementAndGet();
		}

	}

	private static final class NoObserver implements WorkerObserver {

		@Override
		public void joined(DaemonSnapshot.WorkerSnapshot worker) {
		}

		@Override
		public void changed(DaemonSnapshot.WorkerSnapshot worker) {
		}

		@Override
		public void left(DaemonSnapshot.WorkerSnapshot worker, String reason) {
		}

	}

	private static final class NoRequests implements RequestSink {

		@Override
		public boolean awaitRoom(String queue, BooleanSupplier goOn) {
			return true;
		}

		@Override
		public void accept(WorkRequest request) {
			request.close();
		}

		@Override
		public long dropped() {
			return 0;
		}

	}

}
