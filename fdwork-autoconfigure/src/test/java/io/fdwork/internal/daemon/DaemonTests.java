package io.fdwork.internal.daemon;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

import io.fdwork.Connections;
import io.fdwork.NoWorkerObserver;
import io.fdwork.Work;
import io.fdwork.WorkQueueException;
import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.queue.Getter;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.queue.QueueReader;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link Daemon} and {@link Listener}.
 */
@Timeout(60)
class DaemonTests {

	@TempDir
	Path parent;

	private final DaemonOptions options = new DaemonOptions();

	private final List<Socket> clients = new ArrayList<>();

	private final Queue<WorkRequest> dropped = new ConcurrentLinkedQueue<>();

	private DaemonDirectory directory;

	private KernelQueues queues;

	private Daemon daemon;

	private QueueReader reader;

	private Getter getter;

	@BeforeEach
	void create() throws IOException {
		this.directory = DaemonDirectory.open(this.parent.resolve("run"));
		this.queues = KernelQueues.create(Map.of("default", 16));
		this.options.getListeners().add(new DaemonOptions.ListenerOptions(anyPort(), 64, "default"));
		this.daemon = new Daemon(this.directory, this.queues, this.options, new Requests(), new NoWorkerObserver());
		this.reader = QueueReader.open("default", 1, this.queues.find("default").duplicateForWorker());
		this.getter = this.reader.newGetter();
	}

	@AfterEach
	void close() throws IOException {
		this.queues.refuse();
		this.daemon.stop(Duration.ofSeconds(5));
		for (Socket client : this.clients) {
			client.close();
		}
		this.getter.close();
		this.reader.close();
		this.queues.close();
		this.directory.close();
		this.dropped.forEach(WorkRequest::close);
	}

	@Test
	void shouldPutConnectionsOnTheQueue() throws Exception {
		this.daemon.start();
		Socket client = connect();
		try (Work work = get()) {
			assertThat(work.remoteAddress()).isEqualTo(client.getLocalSocketAddress());
			assertThat(work.localAddress()).isEqualTo(client.getRemoteSocketAddress());
			work.channel().socket().getOutputStream().write('a');
			assertThat(client.getInputStream().read()).isEqualTo('a');
		}
		assertThat(listener().state()).isEqualTo(ListenerState.LISTENING);
		assertThat(listener().accepted()).isEqualTo(1);
		assertThat(listener().address()).isEqualTo("127.0.0.1:" + this.daemon.addresses().get(0).getPort());
	}

	@Test
	void shouldPauseWhileQueueIsFullAndResume() throws Exception {
		this.daemon.start();
		for (int i = 0; i < 20; i++) {
			connect();
		}
		await().until(() -> listener().state() == ListenerState.PAUSED);
		assertThat(listener().accepted()).as("what a kill of this process would lose is left in the backlog")
			.isEqualTo(16);
		assertThat(this.daemon.snapshot().queues().get(0).put()).isEqualTo(16);
		for (Socket client : this.clients) {
			try (Work work = get()) {
				assertThat(work.remoteAddress()).as("in their order").isEqualTo(client.getLocalSocketAddress());
			}
		}
		await().until(() -> listener().state() == ListenerState.LISTENING);
		assertThat(listener().accepted()).isEqualTo(20);
		assertThat(this.dropped).isEmpty();
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void shouldStopWithWhatWaitsInTheBacklogOnTheQueue(CapturedOutput output) throws Exception {
		this.daemon.start();
		for (int i = 0; i < 10; i++) {
			connect();
		}
		this.daemon.stop(Duration.ofSeconds(5));
		assertThat(this.daemon.snapshot().state()).isEqualTo(DaemonState.STOPPED);
		assertThat(listener().state()).isEqualTo(ListenerState.CLOSED);
		assertThat(this.queues.snapshots().get(0).put()).isEqualTo(10);
		assertThat(output).contains("Stopping with 10 requests on queue 'default': no worker is registered for it");
		for (int i = 0; i < 10; i++) {
			get().close();
		}
		assertThatExceptionOfType(ConnectException.class).isThrownBy(this::connect);
		try (Descriptor.Pipe pipe = Descriptor.pipe(); WorkRequest late = WorkRequest.with(pipe.source()).build()) {
			assertThatExceptionOfType(WorkQueueException.class).isThrownBy(() -> this.queues.put(late));
		}
	}

	@Test
	void shouldStopInTimeWhenQueueIsFull() throws Exception {
		this.daemon.start();
		for (int i = 0; i < 20; i++) {
			connect();
		}
		await().until(() -> listener().state() == ListenerState.PAUSED);
		long start = System.nanoTime();
		this.daemon.stop(Duration.ofMillis(300));
		assertThat(Duration.ofNanos(System.nanoTime() - start)).as("but for the time of what comes after")
			.isBetween(Duration.ofMillis(220), Duration.ofSeconds(5));
		assertThat(this.daemon.snapshot().state()).isEqualTo(DaemonState.STOPPED);
		assertThat(listener().accepted()).isEqualTo(16);
		assertThat(this.dropped).isEmpty();
	}

	@Test
	void shouldDoNothingWhenStartedOrStoppedAgain() throws Exception {
		this.daemon.stop(Duration.ZERO);
		assertThat(this.daemon.snapshot().state()).isEqualTo(DaemonState.CREATED);
		assertThat(this.daemon.addresses()).isEmpty();
		this.daemon.start();
		List<InetSocketAddress> addresses = this.daemon.addresses();
		this.daemon.start();
		assertThat(this.daemon.addresses()).isEqualTo(addresses).hasSize(1);
		this.daemon.stop(Duration.ofSeconds(5));
		this.daemon.stop(Duration.ofSeconds(5));
		assertThat(this.daemon.snapshot().state()).isEqualTo(DaemonState.STOPPED);
		assertThat(this.directory.controlSocket()).doesNotExist();
	}

	@Test
	void shouldRefuseToStartWhenStopped() throws Exception {
		this.daemon.start();
		this.daemon.stop(Duration.ofSeconds(5));
		long open = Descriptor.open();
		assertThatIllegalStateException().isThrownBy(this.daemon::start).withMessageContaining("STOPPED");
		assertThat(Descriptor.open()).isEqualTo(open);
		assertThat(this.directory.controlSocket()).doesNotExist();
	}

	@Test
	void shouldUndoStartWhenPortIsTaken() throws Exception {
		try (Connections taken = new Connections(); Connections.Connection connection = taken.connect()) {
			InetSocketAddress address = connection.accepted().local();
			this.options.getListeners().add(new DaemonOptions.ListenerOptions(address, 1, "default"));
			this.options.setTakeoverTimeout(Duration.ofMillis(200));
			assertThatExceptionOfType(ListenerBindException.class).isThrownBy(this.daemon::start)
				.withMessageContaining("port " + address.getPort())
				.withMessageContaining("held by pid " + ProcessHandle.current().pid())
				.withMessageContaining("No worker has given it back")
				.satisfies((ex) -> assertThat(ex.getAction()).contains("ss -ltnp"));
			assertThat(this.daemon.snapshot().state()).isEqualTo(DaemonState.CREATED);
			assertThat(this.directory.controlSocket()).doesNotExist();
			this.options.getListeners().remove(1);
			this.daemon.start();
		}
	}

	@Test
	void shouldRefuseListenerOfUnknownQueue() {
		this.options.getListeners().add(new DaemonOptions.ListenerOptions(anyPort(), 1, "none"));
		assertThatExceptionOfType(UnknownQueueException.class).isThrownBy(this.daemon::start)
			.withMessageContaining("'none'")
			.withMessageContaining("[default]");
		assertThat(this.daemon.snapshot().state()).isEqualTo(DaemonState.CREATED);
	}

	@Test
	void shouldTellIpv6AddressInBrackets() throws Exception {
		this.options.getListeners().clear();
		this.options.getListeners()
			.add(new DaemonOptions.ListenerOptions(new InetSocketAddress(InetAddress.getByName("::1"), 0), 1,
					"default"));
		this.daemon.start();
		assertThat(listener().address()).startsWith("[").endsWith("]:" + this.daemon.addresses().get(0).getPort());
	}

	@Test
	void shouldCloseConnectionWhenSinkThrows() throws Exception {
		Daemon failing = new Daemon(this.directory, this.queues, this.options, new RequestSink() {

			@Override
			public boolean awaitRoom(String queue, BooleanSupplier goOn) {
				return true;
			}

			@Override
			public void accept(WorkRequest request) {
				// Not even this ends the thread that accepts
				throw new NoSuchMethodError("expected");
			}

			@Override
			public long dropped() {
				return 7;
			}

		}, new NoWorkerObserver());
		failing.start();
		try (Socket first = Connections.connectTo(failing.addresses().get(0));
				Socket second = Connections.connectTo(failing.addresses().get(0))) {
			assertThat(first.getInputStream().read()).isEqualTo(-1);
			assertThat(second.getInputStream().read()).as("it goes on").isEqualTo(-1);
			assertThat(failing.snapshot().droppedRequests()).isEqualTo(7);
		}
		finally {
			failing.stop(Duration.ofSeconds(5));
		}
	}

	private DaemonSnapshot.ListenerSnapshot listener() {
		return this.daemon.snapshot().listeners().get(0);
	}

	private Socket connect() throws IOException {
		Socket client = Connections.connectTo(this.daemon.addresses().get(0));
		this.clients.add(client);
		return client;
	}

	private Work get() throws Exception {
		Work work = this.getter.get(Duration.ofSeconds(10), (ended, outcome) -> {
		});
		assertThat(work).as("a work").isNotNull();
		return work;
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(5)).pollInterval(Duration.ofMillis(10));
	}

	private static InetSocketAddress anyPort() {
		return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
	}

	/**
	 * Puts what is accepted.
	 */
	private final class Requests implements RequestSink {

		private final AtomicLong count = new AtomicLong();

		@Override
		public boolean awaitRoom(String queue, BooleanSupplier goOn) {
			return DaemonTests.this.queues.awaitRoom(queue, goOn);
		}

		@Override
		public void accept(WorkRequest request) {
			try {
				DaemonTests.this.queues.put(request);
			}
			catch (WorkQueueException ex) {
				DaemonTests.this.dropped.add(request);
				this.count.incrementAndGet();
				request.close();
			}
		}

		@Override
		public long dropped() {
			return this.count.get();
		}

	}

}
