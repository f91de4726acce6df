package io.fdwork.internal.worker;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import io.fdwork.Connections;
import io.fdwork.NoDaemonObserver;
import io.fdwork.NoRequests;
import io.fdwork.NoWorkerObserver;
import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.OrderKind;
import io.fdwork.worker.ServingMode;
import io.fdwork.worker.WorkerOptions;
import io.fdwork.worker.WorkerState;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what a daemon orders, what the application of a worker says, and what the
 * worker does, all in one JVM.
 */
@Timeout(60)
class OrdersTests {

	private static final int CONCURRENCY = 4;

	@TempDir
	Path parent;

	private final List<Work> works = new CopyOnWriteArrayList<>();

	private final AtomicInteger drainOrders = new AtomicInteger();

	private final AtomicInteger ready = new AtomicInteger();

	private final AtomicInteger failures = new AtomicInteger();

	private volatile @Nullable Error failure;

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
		this.daemon = new Daemon(this.directory, this.queues, options, new NoRequests(), new NoWorkerObserver());
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
	void shouldGoOnConnectingWhenWhoIsToldFailsWithError() {
		this.failure = new NoClassDefFoundError("a/B");
		this.worker.start();
		await().until(() -> this.failures.get() > 4);
		this.failure = null;
		awaitState(WorkerState.READY);
		await().until(() -> this.daemon.snapshot().readyWorkers() == 1);
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
		await().until(() -> worker().figures().load().active() == 0);
		awaitState(WorkerState.QUIESCED);
	}

	@Test
	void shouldServeNobodyWhoHasLeftWhileQuiesced() throws Exception {
		this.worker.start();
		this.daemon.quiesce();
		awaitState(WorkerState.QUIESCED);
		try (Connections connections = new Connections();
				Connections.Connection leaving = connections.connect();
				Connections.Connection waiting = connections.connect()) {
			leaving.client().getOutputStream().write('a');
			this.queues.put(leaving.request().build());
			this.queues.put(waiting.request().build());
			leaving.client().setSoLinger(true, 0);
			leaving.client().close();
			this.daemon.resume();
			await().until(() -> worker().figures().works().ended().get(WorkOutcome.DEPARTED).count() == 1);
			await().until(() -> this.works.size() == 1);
			assertThat(this.works.get(0).remoteAddress()).isEqualTo(waiting.client().getLocalSocketAddress());
		}
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
		await()
			.until(() -> !this.daemon.snapshot().workers().isEmpty() && worker().figures().load().concurrency() == 2);
		put(8);
		await().until(() -> this.works.size() == 2);
		this.daemon.setConcurrency(3);
		await().until(() -> this.works.size() == 3);
		await().until(() -> worker().figures().load().concurrency() == 3);
		this.daemon.setConcurrency(100);
		await().until(() -> this.works.size() == CONCURRENCY);
		await().until(() -> worker().figures().load().concurrency() == CONCURRENCY);
		this.daemon.setConcurrency(1);
		await().until(() -> worker().figures().load().concurrency() == 1);
		assertThat(this.works).as("not disturbed").hasSize(CONCURRENCY).allMatch((work) -> work.outcome() == null);
		this.works.subList(0, 3).forEach(Work::close);
		await().until(() -> worker().figures().load().active() == 1);
		assertThat(this.works).as("one is in hand").hasSize(CONCURRENCY);
		this.works.get(3).close();
		await().until(() -> this.works.size() == CONCURRENCY + 1);
		this.daemon.setConcurrency(0);
		await().until(() -> this.works.size() == 8);
		await().until(() -> worker().figures().load().concurrency() == CONCURRENCY);
		assertThat(this.daemon.getConcurrency()).isZero();
	}

	@Test
	void shouldForgetOrdersOfDaemonThatHasGone() throws Exception {
		this.daemon.setConcurrency(1);
		this.worker.start();
		await()
			.until(() -> !this.daemon.snapshot().workers().isEmpty() && worker().figures().load().concurrency() == 1);
		this.daemon.quiesce();
		awaitState(WorkerState.QUIESCED);
		stopDaemon();
		await().until(() -> this.worker.snapshot().state() == WorkerState.DISCONNECTED);
		startDaemon();
		awaitState(WorkerState.READY);
		assertThat(worker().figures().load().concurrency()).isEqualTo(CONCURRENCY);
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
	void shouldGetNothingBeforeApplicationAccepts() throws Exception {
		this.worker.setAccepting(false);
		this.worker.start();
		put(2);
		awaitState(WorkerState.REFUSING);
		assertThat(this.worker.snapshot().state()).isEqualTo(WorkerState.REFUSING);
		assertThat(this.daemon.snapshot().readyWorkers()).isZero();
		assertThat(this.daemon.snapshot().workers()).noneMatch(DaemonSnapshot.WorkerSnapshot::isServing);
		roundTrip();
		assertThat(this.works).isEmpty();
		assertThat(depth()).isEqualTo(2);
		assertThat(this.ready).hasValue(0);
		this.worker.setAccepting(true);
		await().until(() -> this.works.size() == 2);
		awaitState(WorkerState.READY);
		assertThat(this.ready).hasValue(1);
	}

	@Test
	void shouldGetNothingFromTheMomentThatApplicationRefuses() throws Exception {
		this.worker.start();
		awaitState(WorkerState.READY);
		assertThat(this.ready).hasValue(1);
		for (int i = 0; i < 20; i++) {
			this.worker.setAccepting(false);
			assertThat(this.worker.snapshot().state()).isEqualTo(WorkerState.REFUSING);
			put(1);
			assertThat(depth()).isEqualTo(1);
			this.worker.setAccepting(true);
			int served = i + 1;
			await().until(() -> this.works.size() == served);
			this.works.get(i).close();
		}
		put(1);
		await().until(() -> this.works.size() == 21);
		this.worker.setAccepting(false);
		awaitState(WorkerState.REFUSING);
		assertThat(this.works.get(20).outcome()).as("finishes what is in hand").isNull();
		assertThat(worker().figures().load().active()).isEqualTo(1);
		put(1);
		roundTrip();
		assertThat(this.works).hasSize(21);
	}

	@Test
	void shouldGetWhenNeitherDaemonNorApplicationHoldsItBack() throws Exception {
		this.worker.start();
		awaitState(WorkerState.READY);
		this.daemon.quiesce();
		awaitState(WorkerState.QUIESCED);
		put(1);
		this.worker.setAccepting(false);
		awaitState(WorkerState.REFUSING);
		this.daemon.resume();
		roundTrip();
		assertThat(this.worker.snapshot().state()).isEqualTo(WorkerState.REFUSING);
		assertThat(this.works).isEmpty();
		this.daemon.quiesce();
		roundTrip();
		this.worker.setAccepting(true);
		awaitState(WorkerState.QUIESCED);
		roundTrip();
		assertThat(this.works).isEmpty();
		this.daemon.resume();
		await().until(() -> this.works.size() == 1);
		awaitState(WorkerState.READY);
	}

	@Test
	void shouldGetNothingOfOldQueueWhileApplicationRefuses() throws Exception {
		this.worker.start();
		awaitState(WorkerState.READY);
		this.worker.setAccepting(false);
		put(3);
		stopDaemon();
		await().until(() -> this.worker.snapshot().state() == WorkerState.DISCONNECTED);
		startDaemon();
		awaitState(WorkerState.REFUSING);
		put(1);
		roundTrip();
		assertThat(this.works).isEmpty();
		this.worker.setAccepting(true);
		await().until(() -> this.works.size() == 4);
	}

	@Test
	void shouldServeWhatIsLeftWhenApplicationRefusesAtItsEndAndDaemonHasGone() throws Exception {
		this.worker.start();
		awaitState(WorkerState.READY);
		this.worker.setAccepting(false);
		put(2);
		stopDaemon();
		await().until(() -> this.worker.snapshot().state() == WorkerState.DISCONNECTED);
		CompletableFuture<Void> stop = CompletableFuture.runAsync(() -> this.worker.stop(Duration.ofSeconds(20)));
		await().until(() -> this.works.size() == 2);
		this.works.forEach(Work::close);
		stop.join();
	}

	@Test
	void shouldGetNothingAtItsEndWhenApplicationHasNeverAccepted() throws Exception {
		this.worker.setAccepting(false);
		this.worker.start();
		awaitState(WorkerState.REFUSING);
		put(2);
		stopDaemon();
		await().until(() -> this.worker.snapshot().state() == WorkerState.DISCONNECTED);
		this.worker.stop(Duration.ofSeconds(20));
		assertThat(this.worker.snapshot().state()).isEqualTo(WorkerState.STOPPED);
		assertThat(this.worker.snapshot().figures().works().got()).isZero();
	}

	@Test
	void shouldWarmUpWhenApplicationAccepts() throws Exception {
		WorkerOptions options = new WorkerOptions(this.directory.path(), CONCURRENCY);
		options.getQueues().add("default");
		options.getWarmUpPaths().add("/");
		AtomicInteger served = new AtomicInteger();
		Worker warm = new Worker(options, ApplicationProbes.NONE, ServingMode.PLATFORM_THREADS, List::of,
				(work) -> served.incrementAndGet(), new Drains());
		warm.setAccepting(false);
		try {
			warm.start();
			await().until(() -> Thread.getAllStackTraces()
				.keySet()
				.stream()
				.anyMatch((thread) -> thread.getName().equals("fdwork-control")
						&& thread.getState() == Thread.State.TIMED_WAITING));
			assertThat(served).hasValue(0);
			assertThat(this.daemon.snapshot().workers()).isEmpty();
			warm.setAccepting(true);
			await().until(() -> this.daemon.snapshot().readyWorkers() == 1);
			assertThat(served).hasValue(1);
		}
		finally {
			warm.stop(Duration.ofSeconds(5));
		}
	}

	@Test
	void shouldTellWorkerToDrain() {
		this.worker.start();
		awaitState(WorkerState.READY);
		assertThat(this.daemon.order(worker().id() + 1, OrderKind.DRAIN)).isFalse();
		assertThat(this.drainOrders).hasValue(0);
		assertThat(this.daemon.order(worker().id(), OrderKind.DRAIN)).isTrue();
		await().until(() -> this.drainOrders.get() == 1);
	}

	/**
	 * Wait until the worker has done another order, and so could have got.
	 */
	private void roundTrip() {
		for (int concurrency : new int[] { CONCURRENCY - 1, CONCURRENCY }) {
			this.daemon.setConcurrency(concurrency);
			await().until(() -> worker().figures().load().concurrency() == concurrency);
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
	 * Counts the orders to drain, and how often the worker was ready.
	 */
	private final class Drains extends NoDaemonObserver {

		@Override
		public void connected(long daemonPid) {
			fail();
		}

		@Override
		public void ready(long daemonPid) {
			OrdersTests.this.ready.incrementAndGet();
		}

		@Override
		public void lost(String reason) {
			fail();
		}

		private void fail() {
			Error failure = OrdersTests.this.failure;
			if (failure != null) {
				OrdersTests.this.failures.incrementAndGet();
				throw failure;
			}
		}

		@Override
		public void drainOrdered() {
			OrdersTests.this.drainOrders.incrementAndGet();
		}

	}

}
