package io.fdwork.internal.worker;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.fdwork.ConnectionHistory;
import io.fdwork.Connections;
import io.fdwork.OpenFiles;
import io.fdwork.RequestId;
import io.fdwork.descriptor.ByteTotals;
import io.fdwork.descriptor.ClientState;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.queue.WorkPermits;
import io.fdwork.internal.table.EntryState;
import io.fdwork.internal.table.ServiceTable;
import io.fdwork.internal.table.TableEntry;
import io.fdwork.internal.table.TestTable;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.ControlProtocolException;
import io.fdwork.internal.wire.Place;
import io.fdwork.internal.wire.WorkMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link Spares}.
 */
@Timeout(60)
class SparesTests {

	private static final ConnectionHistory HISTORY = new ConnectionHistory(3, 4711);

	private final List<AutoCloseable> opened = new ArrayList<>();

	private final WorkerCounters counters = new WorkerCounters();

	private final Spares spares = new Spares(2, this.counters);

	private Connections connections;

	private TestTable table;

	private ServiceTable mapped;

	@BeforeEach
	void open() throws IOException {
		this.connections = new Connections();
		this.table = new TestTable();
		this.mapped = this.table.open(1);
		this.spares.follow(this.mapped);
	}

	@AfterEach
	void close() throws Exception {
		this.spares.close();
		for (AutoCloseable one : this.opened) {
			one.close();
		}
		this.table.close();
		this.connections.close();
	}

	@Test
	void shouldTakeBackWhatIsAtHomeWhenTheDaemonIsGone() throws Exception {
		Connections.Connection connection = goHome(0);
		connection.descriptor().close();
		assertThat(this.spares.sweep(System.nanoTime())).isEmpty();
		assertThat(this.spares.size()).isEqualTo(1);
		List<Spares.Returning> returning = this.spares.follow(null);
		assertThat(returning).singleElement().satisfies((one) -> {
			assertThat(one.metadata().history()).isEqualTo(HISTORY);
			assertThat(one.metadata().remoteAddress()).isEqualTo(connection.accepted().remote());
			assertThat(one.metadata().queue()).isEqualTo("q");
			one.connection().close();
			assertThat(connection.client().getInputStream().read()).as("the last descriptor").isEqualTo(-1);
		});
		assertThat(this.table.state(0)).isEqualTo(EntryState.GOT);
		assertThat(this.table.worker(0)).isEqualTo(1);
		assertThat(this.counters.spares().takenBack()).isEqualTo(1);
		assertThat(this.spares.size()).isZero();
		assertThat(this.spares.follow(null)).isEmpty();
	}

	@Test
	void shouldNotTakeBackWhatTheDaemonHasEnded() throws Exception {
		Connections.Connection connection = goHome(0);
		TcpSockets.shutdown(connection.descriptor());
		connection.descriptor().close();
		assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
		assertNotTakenBack();
		goHome(1).close();
		this.table.putAgain(1);
		assertNotTakenBack();
	}

	@Test
	void shouldNotTakeBackWhoseClientHasGone() throws Exception {
		Connections.Connection connection = goHome(0);
		connection.client().close();
		await().until(() -> TcpSockets.clientState(connection.descriptor()) == ClientState.CLOSED);
		assertNotTakenBack();
	}

	private void assertNotTakenBack() {
		assertThat(this.spares.follow(null)).isEmpty();
		assertThat(this.spares.sweep(System.nanoTime() + Spares.GRACE.toNanos())).isEmpty();
		assertThat(this.spares.size()).isZero();
		assertThat(this.counters.spares().takenBack()).isZero();
		this.spares.follow(this.mapped);
	}

	@Test
	void shouldTakeBackWhenAnotherDaemonComes() throws Exception {
		goHome(0);
		try (TestTable next = new TestTable()) {
			List<Spares.Returning> returning = this.spares.follow(next.open(1));
			assertThat(returning).hasSize(1);
			returning.get(0).connection().close();
		}
	}

	@Test
	void shouldCloseSpareThatAnotherOneHasClaimed() throws Exception {
		Connections.Connection connection = goHome(0);
		Place place = this.table.putAgain(0);
		assertThat(this.spares.sweep(System.nanoTime())).isEmpty();
		assertThat(this.spares.size()).as("it may get lost").isEqualTo(1);
		assertThat(this.table.open(2).entry(0, place.nonce()).claim()).isTrue();
		this.spares.sweep(System.nanoTime());
		assertThat(this.spares.size()).isZero();
		connection.client().getOutputStream().write('a');
		assertThat(connection.descriptor().toSocketChannel(null).socket().getInputStream().read()).as("not shut down")
			.isEqualTo('a');
		assertThat(this.spares.follow(null)).isEmpty();
	}

	@Test
	void shouldCloseSpareWhoseEntryIsAnotherConnections() throws Exception {
		goHome(0);
		this.table.put(0, 0, 0);
		this.spares.sweep(System.nanoTime());
		assertThat(this.spares.size()).isZero();
		assertThat(this.table.state(0)).isEqualTo(EntryState.PUT);
	}

	@Test
	void shouldLeaveWhatWasPutToThoseWhoGetAndTakeItWhenNobodyHasGotIt() throws Exception {
		goHome(0);
		this.table.putAgain(0);
		assertThat(this.spares.follow(null)).isEmpty();
		long gone = System.nanoTime();
		assertThat(this.spares.sweep(gone)).isEmpty();
		assertThat(this.spares.size()).isEqualTo(1);
		List<Spares.Returning> returning = this.spares.sweep(gone + Spares.GRACE.toNanos());
		assertThat(returning).singleElement().satisfies((one) -> {
			assertThat(one.entry().read()).isEqualTo(10);
			assertThat(one.metadata().place()).isEqualTo(new Place(this.mapped.id(), 0, one.entry().nonce()));
			one.connection().close();
		});
		assertThat(this.table.state(0)).isEqualTo(EntryState.GOT);
	}

	@Test
	void shouldLetOneHaveTheConnectionWhenItsReturnHasFailedMeanwhile() throws Exception {
		TableEntry entry = this.table.got(0, 10, 20);
		GotWork work = work(entry, new Place(this.mapped.id(), 0, entry.nonce()));
		entry.goHome();
		this.spares.keep(work, GotWork.connection(work), HISTORY, work.entry());
		assertThat(entry.takeBack()).as("it could not be sent").isTrue();
		assertThat(this.spares.follow(null)).isEmpty();
		assertThat(this.spares.sweep(System.nanoTime() + Spares.GRACE.toNanos())).isEmpty();
		assertThat(this.spares.size()).isZero();
	}

	@Test
	void shouldTakeBackWhatTheDaemonHasGivenAPlace() throws Exception {
		Connections.Connection connection = this.connections.connect();
		this.opened.add(connection);
		GotWork work = work(connection, null, null);
		long socket = TcpSockets.identity(connection.descriptor());
		this.spares.keep(work, GotWork.connection(work), HISTORY);
		assertThat(this.spares.size()).isEqualTo(1);
		Place place = this.table.home(7, 1, 30, 40);
		this.spares.placed(new ControlMessage.Places(List.of(socket + 1, socket), List.of(place, place)));
		assertThat(this.spares.sweep(System.nanoTime())).isEmpty();
		assertThat(this.spares.size()).isEqualTo(1);
		List<Spares.Returning> returning = this.spares.follow(null);
		assertThat(returning).singleElement().satisfies((one) -> {
			assertThat(one.entry().read()).isEqualTo(30);
			assertThat(one.metadata().place()).isEqualTo(place);
			one.connection().close();
		});
	}

	@Test
	void shouldNotTakeBackWhatTheDaemonHasGivenNoPlace() throws Exception {
		keepUnplaced();
		this.spares.sweep(System.nanoTime() + Spares.PATIENCE.toNanos());
		assertThat(this.spares.size()).isZero();
		assertThat(this.counters.spares().skipped()).isEqualTo(1);
		assertThat(this.spares.follow(null)).isEmpty();
	}

	@Test
	void shouldTakeBackWhatTheDaemonDiedWithBeforeItHadGivenItAPlace() throws Exception {
		Connections.Connection connection = keepUnplaced();
		connection.descriptor().close();
		assertThat(this.spares.follow(null)).singleElement().satisfies((one) -> {
			assertThat(one.metadata().history()).isEqualTo(HISTORY);
			assertThat(one.metadata().place()).isNull();
			assertThat(one.entry()).isNull();
			one.connection().close();
			assertThat(connection.client().getInputStream().read()).as("the last descriptor").isEqualTo(-1);
		});
		assertThat(this.counters.spares().takenBack()).isEqualTo(1);
		assertThat(this.spares.size()).isZero();
	}

	@Test
	void shouldNotTakeBackWhatMayHaveBeenPutWithoutAPlace() throws Exception {
		Connections.Connection connection = keepUnplaced();
		connection.client().getOutputStream().write('a');
		await().until(() -> ByteTotals.of(connection.descriptor()).unread() == 1);
		assertNotTakenBack();
		connection.descriptor().toSocketChannel(null).socket().getInputStream().read();
		keepUnplaced().client().close();
		assertNotTakenBack();
	}

	@Test
	void shouldNotTakeBackWithoutAPlaceWhileTheDaemonMayLive() throws Exception {
		keepUnplaced();
		try (TestTable next = new TestTable()) {
			assertThat(this.spares.follow(next.open(1))).isEmpty();
		}
		assertThat(this.spares.size()).isZero();
		assertThat(this.counters.spares().skipped()).isEqualTo(1);
	}

	@Test
	void shouldLetOneHaveTheConnectionThatCouldNotBeSent() throws Exception {
		Connections.Connection connection = this.connections.connect();
		this.opened.add(connection);
		GotWork work = work(connection, null, null);
		UnplacedSpare sent = this.spares.keep(work, GotWork.connection(work), HISTORY);
		assertThat(this.spares.withdraw(sent)).isTrue();
		assertThat(this.spares.follow(null)).isEmpty();
		this.spares.follow(this.mapped);
		UnplacedSpare taken = this.spares.keep(work, GotWork.connection(work), HISTORY);
		this.spares.follow(null).forEach((one) -> one.connection().close());
		assertThat(this.spares.withdraw(taken)).as("served here again").isFalse();
	}

	private Connections.Connection keepUnplaced() throws IOException {
		Connections.Connection connection = this.connections.connect();
		this.opened.add(connection);
		GotWork work = work(connection, null, null);
		assertThat(this.spares.keep(work, GotWork.connection(work), HISTORY)).isNotNull();
		return connection;
	}

	@Test
	void shouldRejectPlacesOfNoSockets() {
		assertThatExceptionOfType(ControlProtocolException.class)
			.isThrownBy(() -> this.spares.placed(new ControlMessage.Places(List.of(1L), List.of())));
	}

	@Test
	void shouldKeepNoMoreThanThereIsRoomFor() throws Exception {
		for (int i = 0; i < 3; i++) {
			goHome(i);
		}
		assertThat(this.spares.size()).isEqualTo(2);
		assertThat(this.counters.spares().skipped()).isEqualTo(1);
	}

	@Test
	void shouldCountWhatIsAtHomeWhenItEnds() throws Exception {
		goHome(0);
		goHome(1);
		this.table.putAgain(1);
		this.spares.close();
		assertThat(this.counters.spares().skipped()).as("who gets the other one has a spare of it").isEqualTo(1);
	}

	@Test
	void shouldCloseAll() {
		OpenFiles.assertNoneLeaked(5, () -> {
			Spares closed = new Spares(2, this.counters);
			try (Connections.Connection connection = this.connections.connect()) {
				TableEntry entry = this.table.got(5, 0, 0);
				GotWork work = work(connection, entry, new Place(this.mapped.id(), 5, entry.nonce()));
				entry.goHome();
				closed.keep(work, GotWork.connection(work), HISTORY, work.entry());
				closed.close();
				closed.keep(work, GotWork.connection(work), HISTORY, work.entry());
				assertThat(closed.size()).isZero();
			}
		});
	}

	private Connections.Connection goHome(int index) throws IOException {
		Connections.Connection connection = this.connections.connect();
		this.opened.add(connection);
		TableEntry entry = this.table.got(index, 10, 20);
		GotWork work = work(connection, entry, new Place(this.mapped.id(), index, entry.nonce()));
		entry.goHome();
		this.spares.keep(work, GotWork.connection(work), HISTORY, work.entry());
		return connection;
	}

	private GotWork work(TableEntry entry, Place place) throws IOException {
		Connections.Connection connection = this.connections.connect();
		this.opened.add(connection);
		return work(connection, entry, place);
	}

	private static GotWork work(Connections.Connection connection, TableEntry entry, Place place) {
		return new GotWork(
				new WorkMetadata(new RequestId(1, 2), "q", 3, 4, connection.accepted().remote(),
						connection.accepted().local(), Map.of(), new byte[0], null, place),
				List.of(connection.descriptor()), 5, (ended, outcome) -> {
				}, WorkPermits.UNLIMITED, entry);
	}

}
