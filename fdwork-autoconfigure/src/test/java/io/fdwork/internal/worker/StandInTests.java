package io.fdwork.internal.worker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import io.fdwork.Connections;
import io.fdwork.NoDaemonObserver;
import io.fdwork.NoWorkerObserver;
import io.fdwork.QueuedRequests;
import io.fdwork.Work;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.worker.ServingMode;
import io.fdwork.worker.WorkerOptions;
import io.fdwork.worker.WorkerState;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for workers that accept, all in one JVM: a daemon that leaves its listeners to
 * the workers does for them what the death of one does.
 */
@Timeout(120)
class StandInTests {

	private static final Duration DATA_TIMEOUT = Duration.ofMinutes(1);

	@TempDir
	Path parent;

	private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());

	private final List<Work> works = new CopyOnWriteArrayList<>();

	private final List<Worker> workers = new ArrayList<>();

	private final List<Socket> clients = new ArrayList<>();

	private final DaemonOptions options = new DaemonOptions();

	private InetSocketAddress address;

	private DaemonDirectory directory;

	private KernelQueues queues;

	private Daemon daemon;

	@BeforeEach
	void prepare() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
		}
		this.options.setReportInterval(Duration.ofMillis(50));
		this.options.setTakeoverTimeout(Duration.ofSeconds(20));
		this.options.setKeepListenersOnStop(true);
	}

	@AfterEach
	void stop() throws IOException {
		this.options.setKeepListenersOnStop(false);
		this.works.forEach(Work::close);
		this.daemon.stop(Duration.ofSeconds(5));
		for (Worker worker : this.workers) {
			worker.stop(Duration.ofSeconds(5));
		}
		this.works.forEach(Work::close);
		this.queues.close();
		this.directory.close();
		for (Socket client : this.clients) {
			client.close();
		}
		this.loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
	}

	@ParameterizedTest
	@EnumSource(ServingMode.class)
	void shouldAcceptWhileThereIsNoDaemon(ServingMode mode) throws Exception {
		startDaemon(DaemonOptions.AcceptedBy.DAEMON, null, null);
		Worker worker = startWorker(10, mode);
		connect(1);
		awaitWorks(1);
		long open = Descriptor.open();
		for (int i = 0; i < 3; i++) {
			stopDaemon();
			await().until(() -> worker.snapshot().standsIn() == 1);
			int before = this.works.size();
			connect(2);
			awaitWorks(before + 2);
			Work work = this.works.get(before);
			assertThat(work.queue()).isEqualTo("default");
			assertThat(work.localAddress()).isEqualTo(this.address);
			assertThat(this.clients.stream().map(Socket::getLocalSocketAddress)).contains(work.remoteAddress());
			assertThat(work.gotNanos()).isEqualTo(work.putNanos());
			assertThat(work.history()).isNull();
			startDaemon(DaemonOptions.AcceptedBy.DAEMON, null, null);
			await().until(() -> worker.snapshot().state() == WorkerState.READY && worker.snapshot().standsIn() == 0);
			connect(1);
			awaitWorks(before + 3);
			assertThat(this.daemon.snapshot().listeners().get(0).accepted()).isEqualTo(1);
			this.works.forEach(Work::close);
		}
		assertThat(this.works).hasSize(10);
		// What accepted is gone, and what came with the works
		await().until(() -> Descriptor.open() <= open);
	}

	@Test
	void shouldTakeNoMoreThanItHasPermitsFor() throws Exception {
		startDaemon(DaemonOptions.AcceptedBy.DAEMON, null, null);
		Worker worker = startWorker(2, ServingMode.EVENT_LOOPS);
		stopDaemon();
		await().until(() -> worker.snapshot().standsIn() == 1);
		connect(4);
		awaitWorks(2);
		assertThat(worker.snapshot().figures().load().serving()).isEqualTo(2);
		for (int i = 0; i < 4; i++) {
			awaitWorks(Math.min(4, i + 2));
			assertThat(this.works).hasSizeLessThanOrEqualTo(i + 2);
			this.works.get(i).close();
		}
		awaitWorks(4);
		startDaemon(DaemonOptions.AcceptedBy.DAEMON, null, null);
	}

	@Test
	void shouldServeOldQueueFirst() throws Exception {
		startDaemon(DaemonOptions.AcceptedBy.DAEMON, null, null);
		startWorker(1, ServingMode.EVENT_LOOPS);
		connect(3);
		awaitWorks(1);
		await().until(() -> this.queues.snapshots().get(0).depth() == 2);
		stopDaemon();
		connect(1);
		for (int i = 0; i < 4; i++) {
			awaitWorks(i + 1);
			assertThat(this.works.get(i).remoteAddress()).isEqualTo(this.clients.get(i).getLocalSocketAddress());
			this.works.get(i).close();
		}
		startDaemon(DaemonOptions.AcceptedBy.DAEMON, null, null);
	}

	@Test
	void shouldNotAcceptWhereFlowDecides() throws Exception {
		startDaemon(DaemonOptions.AcceptedBy.DAEMON, null, false);
		Worker worker = startWorker(2, ServingMode.EVENT_LOOPS);
		stopDaemon();
		await().until(() -> worker.snapshot().state() == WorkerState.DISCONNECTED);
		connect(1);
		assertThat(worker.snapshot().standsIn()).isZero();
		startDaemon(DaemonOptions.AcceptedBy.DAEMON, null, false);
		awaitWorks(1);
		assertThat(this.daemon.snapshot().listeners().get(0).accepted()).isEqualTo(1);
	}

	@ParameterizedTest
	@EnumSource(ServingMode.class)
	void shouldKeepSilentClientsAside(ServingMode mode) throws Exception {
		startDaemon(DaemonOptions.AcceptedBy.DAEMON, DATA_TIMEOUT, null);
		Worker worker = startWorker(1, mode);
		stopDaemon();
		await().until(() -> worker.snapshot().standsIn() == 1);
		connect(5);
		// The kernel keeps them to itself for a second, which nobody can see
		Socket speaking = connect(1).get(0);
		speaking.getOutputStream().write('x');
		awaitWorks(1);
		assertThat(this.works.get(0).remoteAddress()).isEqualTo(speaking.getLocalSocketAddress());
		this.works.get(0).close();
		startDaemon(DaemonOptions.AcceptedBy.DAEMON, DATA_TIMEOUT, null);
		await().until(() -> worker.snapshot().state() == WorkerState.READY);
		for (int i = 0; i < 5; i++) {
			this.clients.get(i).getOutputStream().write('x');
			awaitWorks(i + 2);
			assertThat(this.works.get(i + 1).remoteAddress()).isEqualTo(this.clients.get(i).getLocalSocketAddress());
			this.works.get(i + 1).close();
		}
	}

	@ParameterizedTest
	@EnumSource(ServingMode.class)
	void shouldAcceptAlwaysWhereWorkersDo(ServingMode mode) throws Exception {
		startDaemon(DaemonOptions.AcceptedBy.WORKERS, null, null);
		Worker worker = startWorker(10, mode);
		connect(2);
		awaitWorks(2);
		assertThat(this.daemon.snapshot().listeners().get(0).accepted()).isZero();
		assertThat(this.queues.snapshots().get(0).put()).isZero();
		assertThat(worker.snapshot().standsIn()).isZero();

		this.daemon.quiesce();
		await().until(() -> worker.snapshot().state() == WorkerState.QUIESCED);
		connect(1);
		await().until(() -> this.daemon.snapshot().listeners().get(0).waiting() == 1);
		assertThat(this.works).hasSize(2);
		this.daemon.resume();
		awaitWorks(3);

		stopDaemon();
		connect(1);
		awaitWorks(4);
		startDaemon(DaemonOptions.AcceptedBy.WORKERS, null, null);
		await().until(() -> worker.snapshot().state() == WorkerState.READY);
		connect(1);
		awaitWorks(5);

		CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> worker.stop(Duration.ofSeconds(20)));
		await().until(() -> this.daemon.snapshot().workers().get(0).state() == WorkerState.DRAINING);
		connect(1);
		await().until(() -> this.daemon.snapshot().listeners().get(0).waiting() == 1);
		this.works.forEach(Work::close);
		stopped.get();
		assertThat(this.works).hasSize(5);
		startWorker(1, mode);
		awaitWorks(6);
	}

	@Test
	void shouldLetWorkersAcceptWhatWaitsWhenDaemonStops() throws Exception {
		startDaemon(DaemonOptions.AcceptedBy.WORKERS, null, null);
		Worker worker = startWorker(1, ServingMode.EVENT_LOOPS);
		connect(3);
		awaitWorks(1);
		this.options.setKeepListenersOnStop(false);
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> this.daemon.stop(Duration.ofSeconds(20)));
		for (int i = 0; i < 3; i++) {
			awaitWorks(i + 1);
			this.works.get(i).close();
		}
		stopped.get();
		assertThat(worker.snapshot().listeners()).isZero();
		new ServerSocket(this.address.getPort(), 1, this.address.getAddress()).close();
	}

	private void startDaemon(DaemonOptions.AcceptedBy acceptedBy, @Nullable Duration dataTimeout,
			@Nullable Boolean standIn) throws IOException {
		this.options.getListeners().clear();
		this.options.getListeners()
			.add(new DaemonOptions.ListenerOptions(this.address, 64, "default", dataTimeout, acceptedBy, standIn,
					null));
		this.directory = DaemonDirectory.open(this.parent.resolve("run"));
		this.queues = KernelQueues.create(Map.of("default", 64));
		this.daemon = new Daemon(this.directory, this.queues, this.options, new QueuedRequests(this.queues),
				new NoWorkerObserver());
		this.daemon.start();
	}

	private void stopDaemon() {
		await().until(() -> this.daemon.snapshot().workers().stream().allMatch((worker) -> worker.listeners() == 1));
		this.daemon.stop(Duration.ofSeconds(5));
		this.queues.close();
		this.directory.close();
		assertThat(this.daemon.hasKeptListeners()).isTrue();
	}

	private Worker startWorker(int concurrency, ServingMode mode) {
		WorkerOptions options = new WorkerOptions(this.parent.resolve("run"), concurrency);
		options.getQueues().add("default");
		options.setMinReconnectDelay(Duration.ofMillis(10));
		options.setMaxReconnectDelay(Duration.ofMillis(50));
		List<IoEventLoop> eventLoops = new ArrayList<>();
		if (mode == ServingMode.EVENT_LOOPS) {
			eventLoops.addAll(List.of(this.loops.next(), this.loops.next()));
		}
		Worker worker = new Worker(options, ApplicationProbes.NONE, mode, () -> eventLoops,
				(work) -> this.works.add(work.takeOver()), new NoDaemonObserver());
		this.workers.add(worker);
		worker.start();
		await().until(() -> worker.snapshot().state() == WorkerState.READY && worker.snapshot().listeners() == 1);
		return worker;
	}

	private List<Socket> connect(int count) throws IOException {
		List<Socket> connected = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			connected.add(Connections.connectTo(this.address));
		}
		this.clients.addAll(connected);
		return connected;
	}

	private void awaitWorks(int count) {
		await().until(() -> this.works.size() >= count);
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(10));
	}

}
