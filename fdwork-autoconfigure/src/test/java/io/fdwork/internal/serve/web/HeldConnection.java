package io.fdwork.internal.serve.web;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import io.fdwork.Connections;
import io.fdwork.RequestId;
import io.fdwork.descriptor.ByteTotals;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.queue.WorkPermits;
import io.fdwork.internal.serve.ConnectionServer;
import io.fdwork.internal.table.EntryState;
import io.fdwork.internal.table.TableEntry;
import io.fdwork.internal.table.TestTable;
import io.fdwork.internal.wire.WorkMetadata;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A connection in service that the test holds as well, as a daemon does, with its entry
 * in a table and its client.
 */
final class HeldConnection implements AutoCloseable {

	private final Connections.Connection connection;

	private final Descriptor held;

	private final TestTable table = new TestTable();

	private final TableEntry entry = this.table.got(0, 0, 0);

	private final HttpConnection client;

	/**
	 * Let a server serve a connection.
	 * @param connection the connection, which this closes
	 */
	HeldConnection(Connections.Connection connection, ConnectionServer server) throws IOException {
		this.connection = connection;
		this.held = connection.descriptor().duplicate();
		this.client = new HttpConnection(connection.client());
		GotWork work = new GotWork(
				new WorkMetadata(RequestId.next(), "default", 1, 1, connection.accepted().remote(),
						connection.accepted().local(), Map.of(), new byte[0]),
				List.of(connection.descriptor()), 1, (ended, outcome) -> {
				}, WorkPermits.UNLIMITED, this.entry);
		server.accept(work);
		work.release();
	}

	HttpConnection client() {
		return this.client;
	}

	EntryState state() {
		return this.table.state(0);
	}

	/**
	 * Return what the kernel says of the connection.
	 */
	ByteTotals totals() {
		return Objects.requireNonNull(ByteTotals.of(this.held));
	}

	/**
	 * Return whether nothing has been read and written but what the server has marked.
	 */
	boolean isIdle() {
		ByteTotals totals = totals();
		return state() == EntryState.GOT && this.entry.read() == totals.read()
				&& this.entry.written() == totals.written();
	}

	/**
	 * Check that the connection is idle at this moment.
	 * @param description when that is
	 */
	void assertIdle(String description) {
		ByteTotals totals = totals();
		assertThat(state()).as(description).isEqualTo(EntryState.GOT);
		assertThat(List.of(this.entry.read(), this.entry.written())).as("read and written %s", description)
			.isEqualTo(List.of(totals.read(), totals.written()));
	}

	/**
	 * Wait until something has been read that no idle point knows of.
	 */
	void awaitBusy() {
		await().until(() -> totals().unread() == 0 && !isIdle());
	}

	/**
	 * Check that the connection has ended for its client, and in the table, though it is
	 * held.
	 */
	void assertEnds() throws IOException {
		assertThat(isEnded()).as("the end of the connection").isTrue();
		await().until(() -> state() == EntryState.ENDED);
	}

	private boolean isEnded() throws IOException {
		try {
			this.client.readAll();
			return true;
		}
		catch (SocketTimeoutException ex) {
			return false;
		}
		catch (SocketException ex) {
			return true;
		}
	}

	static ConditionFactory await() {
		return Awaitility.await().atMost(20, TimeUnit.SECONDS).pollInterval(5, TimeUnit.MILLISECONDS);
	}

	@Override
	public void close() throws IOException {
		this.client.close();
		this.connection.close();
		this.held.close();
		this.table.close();
	}

}
