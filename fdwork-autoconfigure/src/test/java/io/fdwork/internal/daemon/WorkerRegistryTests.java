package io.fdwork.internal.daemon;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.fdwork.NoRequests;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.descriptor.UnixStream;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.Feature;
import io.fdwork.internal.wire.Membership;
import io.fdwork.internal.wire.OrderKind;
import io.fdwork.internal.wire.Returned;
import io.fdwork.internal.wire.TestFigures;
import io.fdwork.worker.WorkerState;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link WorkerRegistry}.
 */
@Timeout(60)
class WorkerRegistryTests {

	private static final ControlMessage.Order QUIESCE = ControlMessage.Order.of(OrderKind.QUIESCE);

	private static final ControlMessage.Order RESUME = ControlMessage.Order.of(OrderKind.RESUME);

	private static final ControlMessage.Order HOLD = ControlMessage.Order.of(OrderKind.HOLD);

	private static final ControlMessage.Order PART = ControlMessage.Order.of(OrderKind.PART);

	private static final ControlMessage.Order EXAMINE = ControlMessage.Order.of(OrderKind.EXAMINE);

	private static final ControlMessage.Order DRAIN = ControlMessage.Order.of(OrderKind.DRAIN);

	@TempDir
	Path parent;

	private final BlockingQueue<ControlConnection> accepted = new LinkedBlockingQueue<>();

	private final List<AutoCloseable> closeables = new ArrayList<>();

	private final DaemonOptions options = new DaemonOptions();

	private DaemonDirectory directory;

	private Listeners listeners;

	private WorkerRegistry workers;

	@BeforeEach
	void create() throws IOException {
		this.directory = DaemonDirectory.open(this.parent.resolve("run"));
		this.closeables.add(this.directory);
		KernelQueues queues = KernelQueues.create(Map.of("default", 16));
		this.closeables.add(0, queues);
		this.options.getListeners()
			.add(new DaemonOptions.ListenerOptions(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1,
					"default"));
		this.listeners = new Listeners(this.options, queues, new NoRequests());
		this.listeners.bind();
		this.listeners.awaitAll(Duration.ZERO);
		this.closeables.add(0, this.listeners);
		ControlSocket socket = new ControlSocket(this.directory);
		this.closeables.add(0, socket);
		socket.start(this.accepted::add);
		this.workers = new WorkerRegistry(this.listeners);
	}

	@AfterEach
	void close() throws Exception {
		for (AutoCloseable closeable : this.closeables) {
			closeable.close();
		}
	}

	@Test
	void shouldOrderThoseThatAreThereAndThoseThatCome() throws Exception {
		Peer first = new Peer(1);
		this.workers.add(first.session);
		first.assertKeeps(0, 1);
		this.workers.order(List.of(QUIESCE));
		assertThat(first.read()).isEqualTo(QUIESCE);
		assertThat(this.workers.standing()).containsExactly(QUIESCE);
		Peer second = new Peer(2);
		this.workers.add(second.session);
		assertThat(second.read()).isEqualTo(QUIESCE);
		second.assertKeeps(0, 1);
		this.workers.order(List.of(RESUME));
		assertThat(first.read()).isEqualTo(RESUME);
		assertThat(second.read()).isEqualTo(RESUME);
	}

	@Test
	void shouldWakeWhoWaitsWhenWorkerHasSaidSomethingOrLeft() throws Exception {
		Peer peer = new Peer(1);
		this.workers.add(peer.session);
		peer.assertKeeps(0, 1);
		long deadline = System.nanoTime() + Duration.ofMinutes(5).toNanos();
		CompletableFuture<List<String>> kept = CompletableFuture.supplyAsync(() -> this.workers.awaitKept(deadline));
		CompletableFuture<Boolean> leaving = CompletableFuture
			.supplyAsync(() -> this.workers.await(this.workers::isAnyLeaving, deadline));
		peer.say(new ControlMessage.Kept(0, 1));
		assertThat(kept.get(10, TimeUnit.SECONDS)).isEmpty();
		assertThat(leaving).isNotDone();
		peer.say(new ControlMessage.Leave());
		assertThat(leaving.get(10, TimeUnit.SECONDS)).isTrue();
		CompletableFuture<Boolean> none = CompletableFuture
			.supplyAsync(() -> this.workers.await(() -> this.workers.snapshots().isEmpty(), deadline));
		assertThat(none).isNotDone();
		this.workers.remove(peer.session);
		assertThat(none.get(10, TimeUnit.SECONDS)).isTrue();
		assertThat(this.workers.await(() -> false, System.nanoTime())).isFalse();
	}

	@Test
	void shouldOrderOne() throws Exception {
		Peer first = new Peer(1);
		Peer second = new Peer(2);
		this.workers.add(first.session);
		this.workers.add(second.session);
		first.assertKeeps(0, 1);
		second.assertKeeps(0, 1);
		assertThat(this.workers.order(2, DRAIN)).isTrue();
		assertThat(second.read()).isEqualTo(DRAIN);
		this.workers.remove(second.session);
		assertThat(this.workers.order(2, DRAIN)).isFalse();
		assertThat(this.workers.snapshots()).extracting(DaemonSnapshot.WorkerSnapshot::id).containsExactly(1L);
		this.workers.order(List.of(RESUME));
		assertThat(first.read()).as("and not the order of the other").isEqualTo(RESUME);
	}

	@Test
	void shouldHoldThoseInWhosePlaceOthersServe() throws Exception {
		ProcessIdentity held = new ProcessIdentity(1, 1, "boot");
		Peer peer = new Peer(1, 1, held);
		Peer other = new Peer(2, 1, new ProcessIdentity(2, 1, "boot"));
		add(peer);
		add(other);
		assertThat(peer.read()).isEqualTo(new ControlMessage.Candidate(true));
		assertThat(other.read()).isEqualTo(new ControlMessage.Candidate(true));
		this.workers.hold(Set.of(held));
		this.workers.hold(Set.of(held));
		assertThat(peer.read()).isEqualTo(HOLD);
		this.workers.order(List.of(RESUME));
		assertThat(peer.read()).as("it is resumed with the others").isEqualTo(HOLD);
		assertThat(other.read()).isEqualTo(RESUME);
		this.workers.remove(peer.session);
		Peer again = new Peer(3, 1, held);
		this.workers.add(again.session);
		assertThat(again.read()).as("comes back").isEqualTo(HOLD);
		assertThat(again.read()).isEqualTo(HOLD);
		again.assertKeeps(0, 1);
		assertThat(again.read()).isEqualTo(new ControlMessage.Candidate(true));
		this.workers.order(List.of(QUIESCE));
		assertThat(again.read()).isEqualTo(HOLD);
		this.workers.hold(Set.of());
		assertThat(again.read()).as("as all the others").isEqualTo(QUIESCE);
		this.workers.order(List.of(RESUME));
		assertThat(again.read()).isEqualTo(RESUME);
		assertThat(other.read()).isEqualTo(QUIESCE);
		assertThat(other.read()).isEqualTo(RESUME);
	}

	@Test
	void shouldQuiesceAndNotExamineWorkerThatKnowsNoMore() throws Exception {
		ProcessIdentity process = new ProcessIdentity(1, 1, "boot");
		Peer peer = new Peer(1, process);
		add(peer);
		assertThat(this.workers.order(1, EXAMINE)).isFalse();
		this.workers.hold(Set.of(process));
		assertThat(peer.read()).isEqualTo(QUIESCE);
		this.workers.hold(Set.of());
		assertThat(peer.read()).isEqualTo(RESUME);
	}

	@Test
	void shouldTellWorkersThatAreThereAndThatComeToPartIfTheyKnowWhatThatIs() throws Exception {
		ProcessIdentity process = new ProcessIdentity(1, 1, "boot");
		Peer peer = new Peer(1, 1, process);
		add(peer);
		assertThat(peer.read()).isEqualTo(new ControlMessage.Candidate(true));
		Peer old = new Peer(2, new ProcessIdentity(2, 1, "boot"));
		add(old);
		this.workers.part();
		assertThat(peer.read()).isEqualTo(PART);
		this.workers.order(List.of(QUIESCE));
		assertThat(old.read()).as("not to part").isEqualTo(QUIESCE);
		assertThat(peer.read()).isEqualTo(QUIESCE);
		Peer late = new Peer(3, 1, new ProcessIdentity(3, 1, "boot"));
		this.workers.add(late.session);
		assertThat(late.read()).isEqualTo(QUIESCE);
		assertThat(late.read()).isEqualTo(PART);
	}

	@Test
	void shouldKnowWhetherListenersAreKept() throws Exception {
		assertThat(this.workers.isKept()).isFalse();
		Peer peer = new Peer(1);
		this.workers.add(peer.session);
		peer.assertKeeps(0, 1);
		assertThat(this.workers.isKept()).isFalse();
		assertThat(this.workers.awaitKept(System.nanoTime())).containsExactly("peer-1");
		peer.say(new ControlMessage.Kept(0, 1));
		Awaitility.await().atMost(Duration.ofSeconds(5)).until(this.workers::isKept);
		assertThat(this.workers.awaitKept(System.nanoTime())).isEmpty();
		this.workers.keep();
		assertThat(this.workers.isKept()).as("not again yet").isFalse();
		peer.assertKeeps(1, 1);
		peer.say(new ControlMessage.Kept(1, 1));
		Awaitility.await().atMost(Duration.ofSeconds(5)).until(this.workers::isKept);
		peer.say(new ControlMessage.Report(TestFigures.of(WorkerState.DRAINING), null));
		Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> !this.workers.isKept());
	}

	@Test
	void shouldNotCountOnWorkerThatWasToldToEnd() throws Exception {
		Peer peer = new Peer(1);
		this.workers.add(peer.session);
		peer.assertKeeps(0, 1);
		peer.say(new ControlMessage.Kept(0, 1));
		Awaitility.await().atMost(Duration.ofSeconds(5)).until(this.workers::isKept);
		peer.say(new ControlMessage.Leave());
		Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> !this.workers.isKept());
	}

	@Test
	void shouldKnowWhoIsLast() throws Exception {
		Peer first = new Peer(1);
		this.workers.add(first.session);
		assertThat(this.workers.isLast(first.session)).isTrue();
		Peer second = new Peer(2);
		this.workers.add(second.session);
		assertThat(this.workers.isLast(first.session)).isFalse();
		assertThat(this.workers.isLast(second.session)).isFalse();
		first.say(new ControlMessage.Leave());
		Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> this.workers.isLast(second.session));
		assertThat(this.workers.isLast(first.session)).as("the other stays").isFalse();
		second.say(new ControlMessage.Report(TestFigures.of(WorkerState.DRAINING), null));
		Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> this.workers.isLast(first.session));
	}

	@Test
	void shouldRecallFromThoseThatAreThereAndThoseThatCome() throws Exception {
		Peer first = new Peer(1);
		this.workers.add(first.session);
		first.assertKeeps(0, 1);
		this.workers.recall();
		first.assertKeeps(1, 0);
		Peer second = new Peer(2);
		this.workers.add(second.session);
		second.assertKeeps(1, 0);
		first.say(new ControlMessage.Kept(1, 0));
		second.say(new ControlMessage.Kept(1, 0));
		assertThat(this.workers.awaitKept(System.nanoTime() + Duration.ofSeconds(5).toNanos())).isEmpty();
		assertThat(this.workers.isKept()).isFalse();
	}

	@Test
	void shouldLetThoseOfLatestGenerationLead() throws Exception {
		Peer old = new Peer(1, 1);
		add(old);
		assertThat(old.read()).isEqualTo(new ControlMessage.Candidate(true));
		Peer next = new Peer(2, 2);
		add(next);
		assertThat(old.read()).isEqualTo(new ControlMessage.Candidate(false));
		assertThat(next.read()).isEqualTo(new ControlMessage.Candidate(true));
		Peer late = new Peer(3, 1);
		add(late);
		assertThat(late.read()).isEqualTo(new ControlMessage.Candidate(false));
		next.say(new ControlMessage.Report(TestFigures.of(WorkerState.DRAINING), null, true));
		assertThat(old.read()).as("the refresh was taken back").isEqualTo(new ControlMessage.Candidate(true));
		assertThat(late.read()).isEqualTo(new ControlMessage.Candidate(true));
		assertThat(this.workers.snapshots()).extracting(DaemonSnapshot.WorkerSnapshot::leader)
			.containsExactly(false, true, false);
		this.workers.order(List.of(RESUME));
		assertThat(old.read()).as("nothing is told twice").isEqualTo(RESUME);
	}

	@Test
	void shouldNotWaitForLeaderThatCannotBeOne() throws Exception {
		Peer old = new Peer(1, 1);
		add(old);
		assertThat(old.read()).isEqualTo(new ControlMessage.Candidate(true));
		Peer first = new Peer(2);
		add(first);
		this.workers.order(List.of(RESUME));
		assertThat(first.read()).as("it knows no candidates").isEqualTo(RESUME);
		assertThat(old.read()).isEqualTo(RESUME);
	}

	private void add(Peer peer) throws IOException {
		this.workers.add(peer.session);
		peer.assertKeeps(0, 1);
	}

	/**
	 * A worker with both sides of its connection.
	 */
	private final class Peer {

		private final ControlConnection connection;

		private final WorkerSession session;

		Peer(long id) throws Exception {
			this(id, null);
		}

		Peer(long id, @Nullable ProcessIdentity process) throws Exception {
			this(new ControlMessage.Hello("peer-" + id, id, List.of("default"), 1, null, 0, null), process);
		}

		Peer(long id, int generation) throws Exception {
			this(id, generation, null);
		}

		Peer(long id, int generation, @Nullable ProcessIdentity process) throws Exception {
			this(new ControlMessage.Hello("peer-" + id, id, List.of("default"), 1, new Membership("token", generation),
					0, null, Feature.names()), process);
		}

		private Peer(ControlMessage.Hello hello, @Nullable ProcessIdentity process) throws Exception {
			long id = hello.pid();
			this.connection = new ControlConnection(
					UnixStream.connect(WorkerRegistryTests.this.directory.controlSocket()));
			this.connection.setTimeout(Duration.ofSeconds(10));
			this.connection.allowDescriptors(ControlMessage.MAX_LISTENERS);
			WorkerRegistryTests.this.closeables.add(0, this.connection);
			ControlConnection other = WorkerRegistryTests.this.accepted.poll(10, TimeUnit.SECONDS);
			assertThat(other).isNotNull();
			WorkerRegistryTests.this.closeables.add(0, other);
			this.session = new WorkerSession(id, new io.fdwork.internal.daemon.Peer(id, process, 0, 0), other, hello,
					new ControlMessage.Report(TestFigures.of(WorkerState.READY), null), Duration.ofMinutes(1),
					WorkerRegistryTests.this.workers::changed, null);
			Thread follower = new Thread(this::follow, "test-follower");
			follower.setDaemon(true);
			follower.start();
		}

		private void follow() {
			try {
				this.session.follow(WorkerRegistryTests.this.workers::nominate, new NoHome(), () -> {
				});
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		}

		void say(ControlMessage message) throws IOException {
			this.connection.write(message);
		}

		ControlMessage read() throws IOException {
			return this.connection.read();
		}

		void assertKeeps(long revision, int listeners) throws IOException {
			assertThat(read()).isInstanceOfSatisfying(ControlMessage.Keep.class, (keep) -> {
				assertThat(keep.revision()).isEqualTo(revision);
				assertThat(keep.listeners()).isEqualTo(listeners);
			});
			List<Descriptor> kept = this.connection.takeDescriptors();
			assertThat(kept).hasSize(listeners).allMatch(TcpSockets::isListening);
			kept.forEach(Descriptor::close);
		}

	}

	private static final class NoHome implements WorkerHome {

		@Override
		public void takeBack(String queue, Descriptor connection, Returned returned) {
			connection.close();
		}

		@Override
		public void lost(int connections, List<Returned> returned) {
		}

		@Override
		public void taken(int connections) {
		}

		@Override
		public void wanted(int connections) {
		}

		@Override
		public void exposed(ControlMessage.Exposition exposition) {
		}

		@Override
		public void heard() {
		}

	}

}
