package io.fdwork.internal.queue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.fdwork.Connections;
import io.fdwork.RequestId;
import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.table.EntryState;
import io.fdwork.internal.table.TableEntry;
import io.fdwork.internal.table.TestTable;
import io.fdwork.internal.wire.WorkMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link Work}.
 */
@Timeout(60)
class GotWorkTests {

	private final Queue<WorkOutcome> outcomes = new ConcurrentLinkedQueue<>();

	private Connections connections;

	private Connections.Connection connection;

	private Descriptor.Pipe pipe;

	@BeforeEach
	void open() throws IOException {
		this.connections = new Connections();
		this.connection = this.connections.connect();
		this.pipe = Descriptor.pipe();
	}

	@AfterEach
	void close() throws IOException {
		this.pipe.close();
		this.connection.close();
		this.connections.close();
	}

	@Test
	void shouldTellWhatIsKnown() {
		GotWork work = connectionWork();
		assertThat(work.id()).isEqualTo(new RequestId(1, 2));
		assertThat(work.queue()).isEqualTo("q");
		assertThat(work.putNanos()).isEqualTo(4);
		assertThat(work.gotNanos()).isEqualTo(5);
		assertThat(work.remoteAddress()).isEqualTo(this.connection.client().getLocalSocketAddress());
		assertThat(work.localAddress()).isEqualTo(this.connection.client().getRemoteSocketAddress());
		assertThat(work.parameters()).containsExactly(Map.entry("a", "b"));
		assertThat(work.payload()).containsExactly(6);
		assertThat(work.outcome()).isNull();
		assertThat(work.toString()).contains("00000001-2", "'q'", "(in hand)");
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> work.descriptors().clear());
	}

	@Test
	void shouldEndOnceAsServedWhenClosed() throws IOException {
		GotWork work = connectionWork();
		work.close();
		work.fail();
		work.drop();
		work.close();
		assertThat(this.outcomes).containsExactly(WorkOutcome.SERVED);
		assertThat(work.outcome()).isEqualTo(WorkOutcome.SERVED);
		assertThat(work.descriptors()).noneMatch(Descriptor::isOpen);
		assertThat(this.connection.client().getInputStream().read()).isEqualTo(-1);
	}

	@Test
	void shouldEndOnceAsFailedWhenItFails() {
		GotWork work = connectionWork();
		work.fail();
		work.close();
		assertThat(this.outcomes).containsExactly(WorkOutcome.FAILED);
		assertThat(work.descriptors()).noneMatch(Descriptor::isOpen);
	}

	@Test
	void shouldEndAsDropped() {
		GotWork work = connectionWork();
		work.drop();
		assertThat(this.outcomes).containsExactly(WorkOutcome.DROPPED);
		assertThat(work.toString()).endsWith("(DROPPED)");
	}

	@Test
	void shouldEndOnceWhenSeveralThreadsEndIt() throws Exception {
		ExecutorService executor = Executors.newFixedThreadPool(3);
		CyclicBarrier barrier = new CyclicBarrier(3);
		try {
			for (int i = 0; i < 200; i++) {
				this.outcomes.clear();
				GotWork work = new GotWork(metadata(false), List.of(this.pipe.source().duplicate()), 5,
						(ended, outcome) -> this.outcomes.add(outcome));
				List<Future<?>> results = new ArrayList<>();
				for (Runnable end : List.<Runnable>of(work::close, work::fail, work::drop)) {
					results.add(executor.submit(() -> {
						barrier.await();
						end.run();
						return null;
					}));
				}
				for (Future<?> result : results) {
					result.get(5, TimeUnit.SECONDS);
				}
				assertThat(this.outcomes).containsExactly(work.outcome());
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void shouldEndWhenReleasedUnlessTakenOver() {
		GotWork released = pipeWork();
		released.release();
		assertThat(released.outcome()).isEqualTo(WorkOutcome.SERVED);
		GotWork takenOver = pipeWork();
		assertThat(takenOver.takeOver()).isSameAs(takenOver);
		takenOver.release();
		assertThat(takenOver.outcome()).isNull();
		assertThat(takenOver.descriptors()).allMatch(Descriptor::isOpen);
		takenOver.close();
		assertThat(takenOver.outcome()).isEqualTo(WorkOutcome.SERVED);
	}

	@Test
	void shouldEndWhenEveryHolderHasReleasedIt() {
		GotWork work = connectionWork();
		work.takeOver();
		work.release();
		assertThat(work.outcome()).isNull();
		work.release();
		assertThat(work.outcome()).isEqualTo(WorkOutcome.SERVED);
	}

	@Test
	void shouldGiveSameChannelUntilItEnds() throws IOException {
		GotWork work = connectionWork();
		SocketChannel channel = work.channel();
		assertThat(work.channel()).isSameAs(channel);
		assertThat(channel.getRemoteAddress()).isEqualTo(work.remoteAddress());
		channel.socket().getOutputStream().write('a');
		assertThat(this.connection.client().getInputStream().read()).isEqualTo('a');
		work.close();
		assertThat(channel.isOpen()).isFalse();
		assertThat(this.connection.client().getInputStream().read()).isEqualTo(-1);
	}

	@Test
	void shouldGiveNoChannelWhenItIsNoConnection() {
		GotWork work = pipeWork();
		assertThatIOException().isThrownBy(work::channel);
		assertThat(work.descriptors().get(0).isOpen()).as("still the work's").isTrue();
		work.close();
		assertThat(work.descriptors().get(0).isOpen()).isFalse();
	}

	@Test
	void shouldGiveNoChannelWhenItHasEnded() {
		GotWork work = connectionWork();
		work.close();
		assertThatIllegalStateException().isThrownBy(work::channel);
	}

	@Test
	void shouldEndConnectionWhileAnotherProcessHoldsIt() throws IOException {
		try (Descriptor duplicate = this.connection.descriptor().duplicate()) {
			connectionWork().close();
			assertThat(this.connection.client().getInputStream().read()).isEqualTo(-1);
			assertThat(duplicate.isOpen()).isTrue();
		}
	}

	@Test
	void shouldEndConnectionServedByChannelWhileAnotherProcessHoldsIt() throws IOException {
		try (Descriptor duplicate = this.connection.descriptor().duplicate()) {
			GotWork work = connectionWork();
			work.channel();
			work.close();
			assertThat(this.connection.client().getInputStream().read()).isEqualTo(-1);
			assertThat(duplicate.isOpen()).isTrue();
		}
	}

	@Test
	void shouldCloseEveryDescriptorWhenClientHasReset() throws IOException {
		this.connection.client().setSoLinger(true, 0);
		this.connection.client().close();
		GotWork work = connectionWork();
		work.close();
		assertThat(work.descriptors()).hasSize(3).noneMatch(Descriptor::isOpen);
		assertThat(this.outcomes).containsExactly(WorkOutcome.SERVED);
	}

	@Test
	void shouldLeaveMovedDescriptorAlone() {
		GotWork work = connectionWork();
		try (Descriptor moved = work.descriptors().get(1).move()) {
			work.close();
			assertThat(moved.isOpen()).isTrue();
		}
	}

	@Test
	void shouldMarkEndInTableAndEndConnectionThatTheDaemonHolds() throws IOException {
		List<Consumer<GotWork>> ends = List.of(GotWork::close, GotWork::fail, GotWork::drop, GotWork::depart,
				GotWork::release);
		try (TestTable table = new TestTable()) {
			for (Consumer<GotWork> end : ends) {
				try (Connections.Connection connection = this.connections.connect();
						Descriptor held = connection.descriptor().duplicate()) {
					connection.client().getOutputStream().write('a');
					end.accept(work(connection, table.got(0, 0, 0)));
					assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
					assertThat(table.state(0)).isEqualTo(EntryState.ENDED);
					assertThat(held.isOpen()).isTrue();
				}
			}
		}
	}

	@Test
	void shouldEndConnectionThatTheDaemonHoldsWhenHandlerHasClosedItsChannel() throws IOException {
		try (TestTable table = new TestTable();
				Connections.Connection connection = this.connections.connect();
				Descriptor held = connection.descriptor().duplicate()) {
			GotWork work = work(connection, table.got(0, 0, 0));
			work.channel().write(ByteBuffer.wrap(new byte[] { 'a' }));
			work.channel().close();
			assertThat(table.state(0)).isEqualTo(EntryState.GOT);
			work.close();
			assertThat(connection.client().getInputStream().readAllBytes()).containsExactly('a');
			assertThat(table.state(0)).isEqualTo(EntryState.ENDED);
			assertThat(held.isOpen()).isTrue();
		}
	}

	@Test
	void shouldRefuseWhatClientSendsAfterEndThoughTheDaemonHoldsTheConnection() throws IOException {
		try (TestTable table = new TestTable()) {
			for (boolean ofServer : new boolean[] { false, true }) {
				try (Connections.Connection connection = this.connections.connect();
						Descriptor held = connection.descriptor().duplicate()) {
					GotWork work = work(connection, table.got(0, 0, 0));
					assertThat((ofServer) ? work.serverChannel() : work.channel()).isNotNull();
					work.close();
					OutputStream out = connection.client().getOutputStream();
					assertThatIOException().isThrownBy(() -> {
						for (int i = 0; i < 10_000; i++) {
							out.write(new byte[1024]);
						}
					});
					assertThat(held.isOpen()).isTrue();
				}
			}
		}
	}

	@Test
	void shouldLetTheDaemonGoWhenDescriptorsAreTaken() throws IOException {
		try (TestTable table = new TestTable(); Connections.Connection connection = this.connections.connect()) {
			GotWork work = work(connection, table.got(0, 0, 0));
			assertThat(GotWork.connection(work).isOpen()).isTrue();
			assertThat(GotWork.isBare(work)).isTrue();
			assertThat(table.state(0)).isEqualTo(EntryState.GOT);
			assertThat(work.descriptors()).hasSize(1);
			assertThat(table.state(0)).isEqualTo(EntryState.ENDED);
			work.close();
		}
	}

	@Test
	void shouldMarkNoEndWhenConnectionLivesOnElsewhere() throws IOException {
		try (TestTable table = new TestTable(); Connections.Connection connection = this.connections.connect()) {
			TableEntry entry = table.got(0, 0, 0);
			GotWork work = work(connection, entry);
			try (Descriptor home = GotWork.connection(work).move()) {
				assertThat(entry.goHome()).isTrue();
				GotWork.leave(work);
				assertThat(work.outcome()).isEqualTo(WorkOutcome.SERVED);
				assertThat(table.state(0)).isEqualTo(EntryState.HOME);
				assertThat(home.isOpen()).isTrue();
			}
		}
	}

	private GotWork work(Connections.Connection connection, TableEntry entry) {
		return new GotWork(
				new WorkMetadata(new RequestId(1, 2), "q", 3, 4, connection.accepted().remote(),
						connection.accepted().local(), Map.of(), new byte[0]),
				List.of(connection.descriptor()), 5, (ended, outcome) -> this.outcomes.add(outcome),
				WorkPermits.UNLIMITED, entry);
	}

	private GotWork connectionWork() {
		return new GotWork(metadata(true), List.of(this.connection.descriptor(), this.pipe.source(), this.pipe.sink()),
				5, (ended, outcome) -> this.outcomes.add(outcome));
	}

	private GotWork pipeWork() {
		try {
			return new GotWork(metadata(false), List.of(this.pipe.source().duplicate()), 5,
					(ended, outcome) -> this.outcomes.add(outcome));
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private WorkMetadata metadata(boolean connection) {
		InetSocketAddress remote = (connection) ? this.connection.accepted().remote() : null;
		InetSocketAddress local = (connection) ? this.connection.accepted().local() : null;
		return new WorkMetadata(new RequestId(1, 2), "q", 3, 4, remote, local, Map.of("a", "b"), new byte[] { 6 });
	}

}
