package io.fdwork.internal.worker;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import io.fdwork.Connections;
import io.fdwork.NoDaemonObserver;
import io.fdwork.NoWorkerObserver;
import io.fdwork.QueuedRequests;
import io.fdwork.Work;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.daemon.ListenerBindException;
import io.fdwork.internal.daemon.PeerRejection;
import io.fdwork.internal.queue.KernelQueues;
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
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for what workers keep while there is no daemon, all in one JVM: a daemon that
 * leaves its listeners to the workers does for them what the death of one does.
 */
@Timeout(120)
class EscrowTests {

	@TempDir
	Path parent;

	private final List<Work> works = new CopyOnWriteArrayList<>();

	private final List<Worker> workers = new ArrayList<>();

	private final List<Socket> clients = new ArrayList<>();

	private final DaemonOptions options = new DaemonOptions();

	private InetSocketAddress address;

	private String queue = "default";

	private DaemonDirectory directory;

	private KernelQueues queues;

	private Daemon daemon;

	@BeforeEach
	void start() throws IOException {
		this.address = freeAddress();
		this.options.setReportInterval(Duration.ofMillis(50));
		this.options.setTakeoverTimeout(Duration.ofSeconds(20));
		this.options.setKeepListenersOnStop(true);
		listenOn(this.address);
		startDaemon();
	}

	private static InetSocketAddress freeAddress() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
		}
	}

	private void listenOn(InetSocketAddress address) {
		this.options.getListeners().clear();
		// Nobody stands in: what waits is seen to wait
		this.options.getListeners()
			.add(new DaemonOptions.ListenerOptions(address, 64, this.queue, null, DaemonOptions.AcceptedBy.DAEMON,
					false, null));
	}

	private void openDaemon() throws IOException {
		this.directory = DaemonDirectory.open(this.parent.resolve("run"));
		this.queues = KernelQueues.create(Map.of(this.queue, 64));
		this.daemon = new Daemon(this.directory, this.queues, this.options, new QueuedRequests(this.queues),
				new NoWorkerObserver());
	}

	private void startDaemon() throws IOException {
		openDaemon();
		this.daemon.start();
	}

	private void stopDaemon() {
		this.daemon.stop(Duration.ofSeconds(5));
		this.queues.close();
		this.directory.close();
	}

	private Worker startWorker(int concurrency, ServingMode mode) {
		return startWorker(concurrency, mode, null);
	}

	private Worker startWorker(int concurrency, ServingMode mode, @Nullable String application) {
		WorkerOptions options = new WorkerOptions(this.parent.resolve("run"), concurrency);
		options.setApplication(application);
		options.getQueues().add("default");
		options.setMinReconnectDelay(Duration.ofMillis(10));
		options.setMaxReconnectDelay(Duration.ofMillis(50));
		Worker worker = new Worker(options, ApplicationProbes.NONE, mode, List::of,
				(work) -> this.works.add(work.takeOver()), new NoDaemonObserver());
		this.workers.add(worker);
		worker.start();
		await().until(() -> worker.snapshot().state() == WorkerState.READY && worker.snapshot().listeners() == 1);
		return worker;
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
	}

	@Test
	void shouldKeepListenersWhenWhatShouldFollowDaemonFails() throws IOException {
		this.options.setKeepListenersOnStop(false);
		Worker worker = startWorker(1, ServingMode.VIRTUAL_THREADS);
		this.daemon.leave(Duration.ofSeconds(5));
		this.queues.close();
		this.directory.close();
		assertThat(this.daemon.hasKeptListeners()).isTrue();
		assertThat(worker.snapshot().listeners()).isEqualTo(1);
		startDaemon();
		assertThat(this.daemon.snapshot().listeners()).singleElement()
			.satisfies((listener) -> assertThat(listener.givenBackBy()).isNotNull());
	}

	@Test
	void shouldCloseListenersWhenOnlyWorkerThatDrainsKeepsThem() throws Exception {
		Worker worker = startWorker(1, ServingMode.VIRTUAL_THREADS);
		connect();
		awaitWorks(1);
		awaitKept(1);
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> worker.stop(Duration.ofSeconds(20)));
		await().until(() -> this.daemon.snapshot().workers().get(0).state() == WorkerState.DRAINING);
		this.daemon.stop(Duration.ofSeconds(5));
		assertThat(this.daemon.hasKeptListeners()).isFalse();
		this.works.forEach(Work::close);
		stopped.get();
		new ServerSocket(this.address.getPort(), 1, this.address.getAddress()).close();
	}

	@Test
	void shouldCloseListenersWhenWhatShouldFollowDaemonFailsAndNobodyKeepsThem() throws IOException {
		this.daemon.leave(Duration.ofSeconds(5));
		assertThat(this.daemon.hasKeptListeners()).isFalse();
		new ServerSocket(this.address.getPort(), 1, this.address.getAddress()).close();
	}

	@Test
	void shouldRefuseNobodyBetweenTwoDaemons() throws Exception {
		startWorker(100, ServingMode.VIRTUAL_THREADS);
		startWorker(100, ServingMode.VIRTUAL_THREADS);
		connect();
		awaitWorks(1);
		assertThat(listener().givenBackBy()).isNull();
		awaitKept(2);
		for (int i = 0; i < 3; i++) {
			stopDaemon();
			assertThat(this.daemon.hasKeptListeners()).isTrue();
			int before = this.works.size();
			for (int j = 0; j < 5; j++) {
				connect();
			}
			assertThat(this.works).as("they wait in the backlog").hasSize(before);
			startDaemon();
			awaitWorks(before + 5);
			assertThat(listener().givenBackBy()).isEqualTo(ProcessHandle.current().pid());
			connect();
			awaitWorks(before + 6);
			awaitKept(2);
		}
		// Two workers do not say which of them was first
		assertThat(this.works.stream().map(Work::remoteAddress)).map(SocketAddress.class::cast)
			.containsExactlyInAnyOrderElementsOf(this.clients.stream().map(Socket::getLocalSocketAddress).toList());
	}

	@Test
	void shouldFreePortWhenDaemonStops() throws Exception {
		Worker worker = startWorker(1, ServingMode.VIRTUAL_THREADS);
		awaitKept(1);
		this.options.setKeepListenersOnStop(false);
		this.daemon.stop(Duration.ofSeconds(5));
		assertThat(this.daemon.hasKeptListeners()).isFalse();
		assertThat(worker.snapshot().listeners()).isZero();
		assertThatExceptionOfType(ConnectException.class).isThrownBy(this::connect);
		try (ServerSocket next = new ServerSocket()) {
			next.setReuseAddress(false);
			next.bind(this.address);
			assertThat(next.isBound()).isTrue();
		}
	}

	@Test
	void shouldCloseListenersWhenNoWorkerKeepsThem() throws Exception {
		connect();
		this.daemon.stop(Duration.ofSeconds(5));
		assertThat(this.daemon.hasKeptListeners()).isFalse();
		assertThat(this.queues.snapshots().get(0).put()).isEqualTo(1);
		assertThatExceptionOfType(ConnectException.class).isThrownBy(this::connect);
	}

	@Test
	void shouldEndListenerThatIsNotConfiguredAnyMore() throws Exception {
		Worker worker = startWorker(1, ServingMode.VIRTUAL_THREADS);
		awaitKept(1);
		stopDaemon();
		InetSocketAddress old = this.address;
		Connections.connectTo(old).close();
		this.address = freeAddress();
		listenOn(this.address);
		startDaemon();
		await().until(() -> worker.snapshot().state() == WorkerState.READY);
		awaitKept(1);
		assertThat(listener().givenBackBy()).isNull();
		assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> Connections.connectTo(old).close());
		connect();
		awaitWorks(1);
	}

	@Test
	void shouldBindWiderAddressWhenNarrowerOneIsGivenBack() throws Exception {
		startWorker(1, ServingMode.VIRTUAL_THREADS);
		awaitKept(1);
		stopDaemon();
		listenOn(new InetSocketAddress(InetAddress.getByName("0.0.0.0"), this.address.getPort()));
		startDaemon();
		assertThat(listener().givenBackBy()).isNull();
		connect();
		awaitWorks(1);
	}

	@Test
	void shouldLeaveListenersToWorkersWhenStartFails() throws Exception {
		startWorker(1, ServingMode.VIRTUAL_THREADS);
		awaitKept(1);
		stopDaemon();
		this.options.setTakeoverTimeout(Duration.ofSeconds(2));
		try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			this.options.getListeners()
				.add(new DaemonOptions.ListenerOptions((InetSocketAddress) taken.getLocalSocketAddress(), 1,
						"default"));
			openDaemon();
			assertThatExceptionOfType(ListenerBindException.class).isThrownBy(this.daemon::start);
		}
		this.queues.close();
		this.directory.close();
		connect();
		listenOn(this.address);
		startDaemon();
		assertThat(listener().givenBackBy()).isNotNull();
		awaitWorks(1);
	}

	@Test
	void shouldTakeListenersOfWorkerThatIsRefused() throws Exception {
		Worker worker = startWorker(1, ServingMode.VIRTUAL_THREADS);
		awaitKept(1);
		stopDaemon();
		this.queue = "other";
		listenOn(this.address);
		startDaemon();
		await().until(() -> worker.snapshot().listeners() == 0
				&& String.valueOf(worker.snapshot().problem()).contains("There is no queue 'default'"));
		assertThat(listener().givenBackBy()).isNotNull();
		this.options.setKeepListenersOnStop(false);
		this.daemon.stop(Duration.ofSeconds(5));
		assertThatExceptionOfType(ConnectException.class).isThrownBy(this::connect);
	}

	@Test
	void shouldKeepListenersWhenDaemonOfAnotherApplicationRefuses() throws Exception {
		this.options.setApplication("shop");
		Worker worker = startWorker(1, ServingMode.VIRTUAL_THREADS, "shop");
		awaitKept(1);
		stopDaemon();
		InetSocketAddress own = this.address;
		this.options.setApplication("office");
		listenOn(freeAddress());
		startDaemon();
		for (int i = 0; i < 3; i++) {
			long refused = this.daemon.snapshot().rejectedPeers().get(PeerRejection.OTHER_APPLICATION);
			await().until(() -> this.daemon.snapshot().rejectedPeers().get(PeerRejection.OTHER_APPLICATION) > refused);
			assertThat(worker.snapshot().listeners()).isEqualTo(1);
		}
		assertThat(worker.snapshot().problem()).contains("'shop'", "'office'");
		connect();
		this.options.setKeepListenersOnStop(false);
		stopDaemon();
		this.options.setApplication("shop");
		listenOn(own);
		startDaemon();
		assertThat(listener().givenBackBy()).isNotNull();
		awaitWorks(1);
	}

	@Test
	void shouldServeOldQueueFirstAndOnceAndLeaveIt() throws Exception {
		for (ServingMode mode : List.of(ServingMode.VIRTUAL_THREADS, ServingMode.PLATFORM_THREADS)) {
			Worker worker = startWorker(2, mode);
			awaitKept(1);
			long before = Descriptor.open();
			this.works.clear();
			this.clients.clear();
			// Two are in hand, and no permit is left
			for (int i = 0; i < 6; i++) {
				connect();
				awaitWorks(Math.min(i + 1, 2));
			}
			await().until(() -> this.queues.snapshots().get(0).put() == this.queues.snapshots().get(0).got() + 4);
			// Dies twice in quick succession
			stopDaemon();
			startDaemon();
			connect();
			await().until(() -> this.queues.snapshots().get(0).put() == 1);
			awaitKept(1);
			stopDaemon();
			startDaemon();
			this.daemon.quiesce();
			connect();
			await().until(() -> worker.snapshot().state() == WorkerState.QUIESCED);
			await().until(() -> this.queues.snapshots().get(0).put() == 1);
			// One at a time: two threads would not say which of them was first
			this.works.get(0).close();
			assertThat(this.works).as("a quiesced worker gets nothing, of an old queue neither").hasSize(2);
			assertThat(this.queues.snapshots().get(0).got()).isZero();
			this.daemon.resume();
			for (int i = 2; i < 8; i++) {
				awaitWorks(i + 1);
				this.works.get(i - 1).close();
			}
			this.works.forEach(Work::close);
			for (int i = 0; i < 8; i++) {
				assertThat(this.works.get(i).remoteAddress()).as("work " + i)
					.isEqualTo(this.clients.get(i).getLocalSocketAddress());
			}
			await().until(() -> this.queues.snapshots().get(0).depth() == 0);
			assertThat(this.queues.snapshots().get(0).got()).as("of the new queue alone").isEqualTo(1);
			assertThat(worker.snapshot().figures().works().got()).as("of all queues").isEqualTo(8);
			for (Socket client : this.clients) {
				assertThat(client.getInputStream().read()).isEqualTo(-1);
				client.close();
			}
			// Not the open files: each pair that this JVM opens
			// for a daemon leaves two of junixsocket
			await().until(() -> Descriptor.open() == before);
			this.clients.clear();
			worker.stop(Duration.ofSeconds(5));
		}
	}

	@Test
	void shouldServeOldQueueWhenWorkerStopsWithoutDaemon() throws Exception {
		Worker worker = startWorker(1, ServingMode.VIRTUAL_THREADS);
		awaitKept(1);
		for (int i = 0; i < 4; i++) {
			connect();
		}
		awaitWorks(1);
		await().until(() -> this.queues.snapshots().get(0).depth() == 3);
		stopDaemon();
		await().until(() -> worker.snapshot().state() == WorkerState.DISCONNECTED);
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> worker.stop(Duration.ofSeconds(20)));
		for (int i = 1; i < 4; i++) {
			this.works.forEach(Work::close);
			awaitWorks(i + 1);
		}
		this.works.forEach(Work::close);
		stopped.get();
		assertThat(worker.snapshot().figures().works().got()).isEqualTo(4);
		assertThat(worker.snapshot().listeners()).isZero();
	}

	private DaemonSnapshot.ListenerSnapshot listener() {
		return this.daemon.snapshot().listeners().get(0);
	}

	private void connect() throws IOException {
		this.clients.add(
				Connections.connectTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), this.address.getPort())));
	}

	private void awaitWorks(int count) {
		await().until(() -> this.works.size() >= count);
	}

	private void awaitKept(int workers) {
		await().until(() -> this.daemon.snapshot()
			.workers()
			.stream()
			.filter((worker) -> worker.listeners() == 1)
			.count() == workers);
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(10));
	}

}
