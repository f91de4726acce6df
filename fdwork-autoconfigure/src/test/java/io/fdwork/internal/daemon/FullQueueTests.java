package io.fdwork.internal.daemon;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import io.fdwork.Connections;
import io.fdwork.IdleWorker;
import io.fdwork.NoWorkerObserver;
import io.fdwork.Work;
import io.fdwork.WorkQueueException;
import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.NotifySocket;
import io.fdwork.internal.queue.Getter;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.queue.QueueReader;
import io.fdwork.internal.systemd.Systemd;
import io.fdwork.internal.systemd.TestSystemd;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for a {@link Daemon} of several queues, one of which is full and stays so.
 */
@Timeout(60)
class FullQueueTests {

	private static final int CAPACITY = 16;

	@TempDir
	Path parent;

	private final DaemonOptions options = new DaemonOptions();

	private final List<Socket> clients = new ArrayList<>();

	private final CountDownLatch released = new CountDownLatch(1);

	private Systemd systemd = Systemd.none();

	private DaemonDirectory directory;

	private KernelQueues queues;

	private Daemon daemon;

	@BeforeEach
	void create() throws IOException {
		this.directory = DaemonDirectory.open(this.parent.resolve("run"));
		Map<String, Integer> capacities = new LinkedHashMap<>();
		List.of("default", "batch", "hung").forEach((name) -> capacities.put(name, CAPACITY));
		this.queues = KernelQueues.create(capacities);
		this.options.setHandshakeTimeout(Duration.ofSeconds(5));
		this.options.setReportInterval(Duration.ofSeconds(30));
	}

	@AfterEach
	void close() throws IOException {
		this.released.countDown();
		this.queues.refuse();
		this.daemon.stop(Duration.ofSeconds(5));
		this.systemd.close();
		for (Socket client : this.clients) {
			client.close();
		}
		this.queues.close();
		this.directory.close();
	}

	@Test
	void shouldTellLifeWhilePutWaitsForAnotherQueueThanThatOfTheListener() throws Exception {
		try (NotifySocket socket = NotifySocket.bind(this.parent.resolve("notify"))) {
			this.systemd = TestSystemd.watching(socket.address(), Duration.ofMillis(100));
			start((request) -> this.queues.putOn("batch", request), "default");
			connect(0, CAPACITY + 2);
			await().until(() -> listener().state() == ListenerState.PAUSED);
			assertThat(listener().queue()).isEqualTo("default");
			assertThat(listener().waitsFor()).isEqualTo("batch");
			assertThat(listener().accepted()).isEqualTo(CAPACITY + 1);
			forget(socket);
			for (int i = 0; i < 10; i++) {
				assertThat(socket.next().lines()).containsExactly("WATCHDOG=1");
			}
			try (QueueReader reader = reader("batch"); Getter getter = reader.newGetter()) {
				for (int i = 0; i < CAPACITY + 2; i++) {
					get(getter).close();
				}
			}
			await().until(() -> listener().state() == ListenerState.LISTENING);
			assertThat(listener().waitsFor()).isNull();
			forget(socket);
			assertThat(socket.next().lines()).containsExactly("WATCHDOG=1");
		}
	}

	@Test
	void shouldTellNoLifeWhileListenerHangsThoughAnotherQueueIsFull() throws Exception {
		try (NotifySocket socket = NotifySocket.bind(this.parent.resolve("notify"))) {
			this.systemd = TestSystemd.watching(socket.address(), Duration.ofMillis(100));
			start((request) -> {
				if (request.queue().equals("default")) {
					awaitRelease();
				}
				this.queues.put(request);
			}, "default", "batch");
			connect(1, CAPACITY + 2);
			await().until(() -> listener(1).state() == ListenerState.PAUSED);
			connect(0, 1);
			await().until(() -> listener(0).accepted() == 1);
			await().during(Duration.ofMillis(500)).until(() -> socket.poll() == null);
			assertThat(listener(0).state()).isEqualTo(ListenerState.LISTENING);
			assertThat(listener(1).waitsFor()).isEqualTo("batch");
			this.released.countDown();
			assertThat(socket.next().lines()).containsExactly("WATCHDOG=1");
		}
	}

	@Test
	void shouldCloseOtherListenersAtOnceWhenStoppedWhileQueueHangs() throws Exception {
		start(this.queues::put, "hung", "default");
		connect(0, CAPACITY + 2);
		connect(1, CAPACITY + 2);
		await().until(() -> listener(0).state() == ListenerState.PAUSED && listener(1).state() == ListenerState.PAUSED);
		List<InetSocketAddress> addresses = this.daemon.addresses();
		CompletableFuture<Void> stop = CompletableFuture.runAsync(() -> this.daemon.stop(Duration.ofSeconds(8)));
		try (QueueReader reader = reader("default"); Getter getter = reader.newGetter()) {
			for (int i = 0; i < CAPACITY + 2; i++) {
				get(getter).close();
			}
			await().until(() -> listener(1).state() == ListenerState.CLOSED);
			assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> Connections.connectTo(addresses.get(1)));
			assertThat(stop).isNotDone();
			assertThat(listener(0).state()).isEqualTo(ListenerState.PAUSED);
		}
		// The last room is made for the one that hung: it is not given up before
		try (QueueReader reader = reader("hung"); Getter getter = reader.newGetter()) {
			for (int i = 0; i < CAPACITY + 2; i++) {
				get(getter).close();
			}
		}
		stop.get(5, TimeUnit.SECONDS);
	}

	@Test
	void shouldNotAwaitQueueThatNoWorkerServesWhenStopped() throws Exception {
		start(this.queues::put, "hung", "default");
		try (IdleWorker peer = new IdleWorker(this.directory.controlSocket(), "default")) {
			await().until(() -> this.daemon.snapshot().readyWorkers() == 1);
			connect(0, 1);
			await().until(() -> depth("hung") == 1);
			long start = System.nanoTime();
			this.daemon.stop(Duration.ofSeconds(20));
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
			assertThat(depth("hung")).isEqualTo(1);
			assertThat(peer).isNotNull();
		}
	}

	@Test
	void shouldAwaitQueueThatWorkerServesWhenStopped() throws Exception {
		start(this.queues::put, "default");
		try (IdleWorker peer = new IdleWorker(this.directory.controlSocket(), "default")) {
			await().until(() -> this.daemon.snapshot().readyWorkers() == 1);
			connect(0, 1);
			await().until(() -> depth("default") == 1);
			long start = System.nanoTime();
			this.daemon.stop(Duration.ofMillis(600));
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(590),
					Duration.ofSeconds(5));
			assertThat(peer).isNotNull();
		}
	}

	private void start(Requests requests, String... listeners) throws IOException {
		for (String queue : listeners) {
			this.options.getListeners()
				.add(new DaemonOptions.ListenerOptions(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64,
						queue));
		}
		this.daemon = new Daemon(this.directory, this.queues, this.options, new Sink(requests), new NoWorkerObserver(),
				this.systemd);
		this.daemon.start();
	}

	private void awaitRelease() {
		try {
			this.released.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static void forget(NotifySocket socket) throws IOException {
		NotifySocket.Message message = socket.poll();
		while (message != null) {
			message = socket.poll();
		}
	}

	private DaemonSnapshot.ListenerSnapshot listener() {
		return listener(0);
	}

	private DaemonSnapshot.ListenerSnapshot listener(int index) {
		return this.daemon.snapshot().listeners().get(index);
	}

	private long depth(String queue) {
		return this.queues.find(queue).snapshot().depth();
	}

	private QueueReader reader(String queue) throws IOException {
		return QueueReader.open(queue, 1, this.queues.find(queue).duplicateForWorker());
	}

	private static Work get(Getter getter) throws Exception {
		Work work = getter.get(Duration.ofSeconds(10), (ended, outcome) -> {
		});
		assertThat(work).as("a work").isNotNull();
		return work;
	}

	private void connect(int listener, int times) throws IOException {
		for (int i = 0; i < times; i++) {
			this.clients.add(Connections.connectTo(this.daemon.addresses().get(listener)));
		}
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(5)).pollInterval(Duration.ofMillis(10));
	}

	@FunctionalInterface
	private interface Requests {

		void accept(WorkRequest request);

	}

	/**
	 * Drops what is not put.
	 */
	private final class Sink implements RequestSink {

		private final Requests requests;

		Sink(Requests requests) {
			this.requests = requests;
		}

		@Override
		public boolean awaitRoom(String queue, BooleanSupplier goOn) {
			return FullQueueTests.this.queues.awaitRoom(queue, goOn);
		}

		@Override
		public void accept(WorkRequest request) {
			try {
				this.requests.accept(request);
			}
			catch (WorkQueueException ex) {
				request.close();
			}
		}

		@Override
		public long dropped() {
			return 0;
		}

	}

}
