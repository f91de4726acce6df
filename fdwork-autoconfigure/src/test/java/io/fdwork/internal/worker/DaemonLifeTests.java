package io.fdwork.internal.worker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;

import io.fdwork.NoDaemonObserver;
import io.fdwork.NoWorkerObserver;
import io.fdwork.OpenFiles;
import io.fdwork.Work;
import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.LifeLine;
import io.fdwork.descriptor.MessagePair;
import io.fdwork.descriptor.UnixStream;
import io.fdwork.descriptor.UnixStreamListener;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.daemon.RequestSink;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.queue.QueueReader;
import io.fdwork.internal.wire.ControlAddress;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.Feature;
import io.fdwork.internal.wire.Grant;
import io.fdwork.internal.wire.TestFigures;
import io.fdwork.worker.ServingMode;
import io.fdwork.worker.WorkerOptions;
import io.fdwork.worker.WorkerState;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the life lines between a daemon and a worker.
 */
@Timeout(60)
class DaemonLifeTests {

	private static final Duration LIMIT = WorkerOptions.MIN_DAEMON_TIMEOUT;

	@TempDir
	Path parent;

	private final List<AutoCloseable> closeables = new ArrayList<>();

	private final List<DaemonLife> lives = new CopyOnWriteArrayList<>();

	private final List<String> problems = new CopyOnWriteArrayList<>();

	@AfterEach
	void stop() throws Exception {
		for (AutoCloseable closeable : this.closeables) {
			closeable.close();
		}
	}

	@Test
	void shouldKnowThatDaemonLivesAndThatItHasStopped() throws Exception {
		RunningDaemon daemon = new RunningDaemon();
		Worker worker = startWorker(daemon.directory.path());
		awaitLife(worker, DaemonLife.ALIVE);
		daemon.close();
		awaitLife(worker, DaemonLife.DEAD);
		RunningDaemon next = new RunningDaemon();
		awaitLife(worker, DaemonLife.ALIVE);
		next.close();
		awaitLife(worker, DaemonLife.DEAD);
	}

	@Test
	void shouldTakeDaemonForHungWhileItsListenerHangs() throws Exception {
		RunningDaemon daemon = new RunningDaemon();
		Worker worker = startWorker(daemon.directory.path());
		awaitLife(worker, DaemonLife.ALIVE);
		CountDownLatch hanging = new CountDownLatch(1);
		daemon.hanging = hanging;
		try (Socket client = new Socket(InetAddress.getLoopbackAddress(), daemon.port())) {
			long start = System.nanoTime();
			awaitLife(worker, DaemonLife.HUNG);
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(LIMIT.dividedBy(2));
			assertThat(client.isConnected()).isTrue();
		}
		finally {
			hanging.countDown();
		}
		awaitLife(worker, DaemonLife.ALIVE);
	}

	@Test
	void shouldGiveWorkerNewLineWithEachRegistrationAndLetGoOfTheOld() throws Exception {
		RunningDaemon daemon = new RunningDaemon();
		try (Peer peer = new Peer(daemon.directory)) {
			int open = OpenFiles.count();
			for (int i = 0; i < 10; i++) {
				new Peer(daemon.directory).close();
			}
			await(() -> daemon.left.size() == 10);
			OpenFiles.awaitAtMost(open);
			assertThat(peer.connection).isNotNull();
		}
	}

	@Test
	void shouldTellWhetherProcessOfWorkerIsGone() throws Exception {
		RunningDaemon daemon = new RunningDaemon();
		Peer dying = new Peer(daemon.directory);
		dying.line.close();
		dying.connection.close();
		await(() -> daemon.left.size() == 1);
		assertThat(daemon.left.get(0)).isEqualTo("its process has ended");
		try (Peer living = new Peer(daemon.directory)) {
			living.connection.close();
			await(() -> daemon.left.size() == 2);
			assertThat(daemon.left.get(1)).startsWith("its connection ").endsWith(", and its process lives");
		}
		dying.close();
	}

	@Test
	void shouldNotTakeEndOfControlConnectionForDeath() throws Exception {
		try (FakeDaemon daemon = new FakeDaemon(); LifeLine line = LifeLine.open()) {
			startClient(daemon.directory);
			daemon.accept(Feature.names());
			daemon.connection.write(new ControlMessage.Life(), List.of(line.otherEnd()));
			line.otherEnd().close();
			assertThat(daemon.connection.read()).isInstanceOf(ControlMessage.Life.class);
			assertThat(this.lives).as("before it has said that it accepts").isEmpty();
			line.beat();
			awaitLives(DaemonLife.ALIVE);
			daemon.connection.close();
			await(() -> !this.problems.isEmpty());
			assertThat(this.lives).containsExactly(DaemonLife.ALIVE);
			awaitLives(DaemonLife.ALIVE, DaemonLife.HUNG);
			line.beat();
			awaitLives(DaemonLife.ALIVE, DaemonLife.HUNG, DaemonLife.ALIVE);
			line.close();
			awaitLives(DaemonLife.ALIVE, DaemonLife.HUNG, DaemonLife.ALIVE, DaemonLife.DEAD);
		}
	}

	@Test
	void shouldGoByControlConnectionWhenDaemonHasNoLines() throws Exception {
		try (FakeDaemon daemon = new FakeDaemon()) {
			startClient(daemon.directory);
			daemon.accept(List.of());
			assertThat(daemon.connection.read()).as("not what it does not know")
				.isInstanceOf(ControlMessage.Report.class);
			awaitLives(DaemonLife.ALIVE);
			daemon.connection.close();
			awaitLives(DaemonLife.ALIVE, DaemonLife.HUNG);
			daemon.accept(Feature.names());
			daemon.connection.write(new ControlMessage.Life());
			awaitLives(DaemonLife.ALIVE, DaemonLife.HUNG, DaemonLife.ALIVE);
		}
	}

	@Test
	void shouldHangWhenDaemonSaysThatItStopsAndDieAtItsEnd() throws Exception {
		try (FakeDaemon daemon = new FakeDaemon(); LifeLine line = LifeLine.open()) {
			startClient(daemon.directory);
			daemon.accept(Feature.names());
			daemon.connection.write(new ControlMessage.Life(), List.of(line.otherEnd()));
			line.otherEnd().close();
			line.beat();
			awaitLives(DaemonLife.ALIVE);
			daemon.connection.write(new ControlMessage.Refusal("The daemon stops"));
			awaitLives(DaemonLife.ALIVE, DaemonLife.HUNG);
			line.beat();
			line.close();
			awaitLives(DaemonLife.ALIVE, DaemonLife.HUNG, DaemonLife.DEAD);
		}
	}

	@Test
	void shouldEndConnectionWhenLifeLineIsNone() throws Exception {
		try (FakeDaemon daemon = new FakeDaemon()) {
			startClient(daemon.directory);
			daemon.accept(Feature.names());
			daemon.connection.write(new ControlMessage.Life(), List.of(daemon.receivingEnd));
			await(() -> !this.problems.isEmpty());
			assertThat(this.problems.get(0)).contains("something else than a life line");
			daemon.accept(Feature.names());
			daemon.connection.write(new ControlMessage.Life(), List.of(daemon.receivingEnd, daemon.receivingEnd));
			await(() -> this.problems.size() > 1);
			assertThat(this.problems.get(1)).contains("sent 2 life lines");
			assertThat(this.lives).isEmpty();
		}
	}

	private WorkerOptions options(Path directory) {
		WorkerOptions options = new WorkerOptions(directory, 1);
		options.getQueues().add("default");
		options.setMinReconnectDelay(Duration.ofMillis(10));
		options.setMaxReconnectDelay(Duration.ofMillis(50));
		options.setDaemonTimeout(LIMIT);
		return options;
	}

	private Worker startWorker(Path directory) {
		Worker worker = new Worker(options(directory), ApplicationProbes.NONE, ServingMode.PLATFORM_THREADS, List::of,
				Work::close, new NoDaemonObserver());
		worker.start();
		this.closeables.add(0, () -> worker.stop(Duration.ofSeconds(5)));
		return worker;
	}

	private void startClient(Path directory) {
		ControlClient client = new ControlClient(options(directory), ApplicationProbes.NONE, new Told(),
				() -> new ControlMessage.Report(TestFigures.of(WorkerState.READY), null), new WorkerCounters(),
				(goOn) -> {
				});
		client.start();
		this.closeables.add(0, () -> client.stop("test"));
	}

	private static void awaitLife(Worker worker, DaemonLife life) {
		await(() -> worker.snapshot().daemonLife() == life);
	}

	private void awaitLives(DaemonLife... lives) {
		await(() -> this.lives.size() >= lives.length);
		assertThat(this.lives).containsExactly(lives);
	}

	private static void await(BooleanSupplier condition) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(20))
			.pollInterval(Duration.ofMillis(5))
			.until(condition::getAsBoolean);
	}

	/**
	 * What a worker is told.
	 */
	private final class Told implements ControlClient.Callback {

		@Override
		public void queues(List<QueueReader> readers) {
		}

		@Override
		public void welcomed(long daemonPid) {
		}

		@Override
		public boolean lost(String problem) {
			DaemonLifeTests.this.problems.add(problem);
			return true;
		}

		@Override
		public void dismissed(String reason) {
		}

		@Override
		public void ordered(ControlMessage.Order order) {
		}

		@Override
		public void stay(Duration atMost) {
		}

		@Override
		public void life(DaemonLife life) {
			assertThat(Thread.currentThread().getName()).startsWith("fdwork-daemon-life");
			DaemonLifeTests.this.lives.add(life);
		}

	}

	/**
	 * A daemon whose listener hangs when it is told to.
	 */
	private final class RunningDaemon implements AutoCloseable {

		private final DaemonDirectory directory = DaemonDirectory.open(DaemonLifeTests.this.parent.resolve("run"));

		private final KernelQueues queues = KernelQueues.create(Map.of("default", 16));

		private final List<String> left = new CopyOnWriteArrayList<>();

		private final Daemon daemon;

		private volatile CountDownLatch hanging = new CountDownLatch(0);

		RunningDaemon() throws IOException {
			DaemonOptions options = new DaemonOptions();
			options.getListeners()
				.add(new DaemonOptions.ListenerOptions(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16,
						"default"));
			this.daemon = new Daemon(this.directory, this.queues, options, new HangingSink(this),
					new NoWorkerObserver() {

						@Override
						public void left(DaemonSnapshot.WorkerSnapshot worker, String reason) {
							RunningDaemon.this.left.add(reason);
						}

					});
			this.daemon.start();
			DaemonLifeTests.this.closeables.add(this);
		}

		int port() {
			return this.daemon.addresses().get(0).getPort();
		}

		@Override
		public void close() {
			this.daemon.stop(Duration.ofSeconds(5));
			this.queues.close();
			this.directory.close();
		}

	}

	private static final class HangingSink implements RequestSink {

		private final RunningDaemon daemon;

		HangingSink(RunningDaemon daemon) {
			this.daemon = daemon;
		}

		@Override
		public boolean awaitRoom(String queue, BooleanSupplier goOn) {
			return true;
		}

		@Override
		public long dropped() {
			return 0;
		}

		@Override
		public void accept(WorkRequest request) {
			try (request) {
				this.daemon.hanging.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

	}

	/**
	 * A worker that has registered, and whose life line this test holds.
	 */
	private static final class Peer implements AutoCloseable {

		private final ControlConnection connection;

		private final LifeLine line = LifeLine.open();

		Peer(DaemonDirectory directory) throws IOException {
			this.connection = new ControlConnection(UnixStream.connect(directory.controlSocket()));
			this.connection.setTimeout(Duration.ofSeconds(5));
			this.connection.allowDescriptors(ControlMessage.MAX_LISTENERS);
			this.connection.write(new ControlMessage.Hello("peer", ProcessHandle.current().pid(), List.of("default"), 1,
					null, 0, null, Feature.names()));
			assertThat(this.connection.read()).isInstanceOf(ControlMessage.Welcome.class);
			this.connection.takeDescriptors().forEach(Descriptor::close);
			assertThat(this.connection.read()).isInstanceOf(ControlMessage.Life.class);
			List<Descriptor> ends = this.connection.takeDescriptors();
			assertThat(ends).hasSize(1);
			ends.forEach(Descriptor::close);
			this.connection.write(new ControlMessage.Life(), List.of(this.line.otherEnd()));
			this.line.otherEnd().close();
			this.connection.write(new ControlMessage.Report(TestFigures.of(WorkerState.READY), null));
			// It is registered when it is told what to keep
			assertThat(this.connection.read()).isInstanceOf(ControlMessage.class);
			this.connection.takeDescriptors().forEach(Descriptor::close);
		}

		@Override
		public void close() {
			this.connection.close();
			this.line.close();
		}

	}

	/**
	 * The daemon's side of the control socket, which says what it is told to.
	 */
	private final class FakeDaemon implements AutoCloseable {

		private final Path directory = Files.createDirectory(DaemonLifeTests.this.parent.resolve("fake"));

		private final UnixStreamListener listener = UnixStreamListener.bind(ControlAddress.in(this.directory), 8);

		private final MessagePair pair = MessagePair.open();

		private final Descriptor receivingEnd = this.pair.receivingEnd().duplicate();

		private ControlConnection connection;

		FakeDaemon() throws IOException {
			this.listener.setTimeout(Duration.ofSeconds(10));
		}

		void accept(List<String> features) throws IOException {
			this.connection = new ControlConnection(this.listener.accept());
			this.connection.setTimeout(Duration.ofSeconds(5));
			this.connection.allowDescriptors(1);
			assertThat(this.connection.read()).isInstanceOf(ControlMessage.Hello.class);
			this.connection.write(
					new ControlMessage.Welcome(4711, List.of(new Grant("default", 1)), 100, List.of(), features),
					List.of(this.receivingEnd));
		}

		@Override
		public void close() {
			if (this.connection != null) {
				this.connection.close();
			}
			this.listener.close();
			this.receivingEnd.close();
			this.pair.close();
		}

	}

}
