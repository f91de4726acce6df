package io.fdwork.internal.serve.web;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
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
import io.fdwork.internal.table.ServiceTable;
import io.fdwork.internal.table.TableEntry;
import io.fdwork.internal.table.TableFile;
import io.fdwork.internal.wire.WorkMetadata;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A connection in service that the test holds as well, as a daemon does, with its entry
 * in a table and its client.
 */
final class HeldConnection implements AutoCloseable {

	private static final int WORKER = 7;

	private static final long NONCE = 1;

	private final Connections.Connection connection;

	private final Descriptor held;

	private final TableFile file;

	private final TableFile.View view = new TableFile.View(1);

	private final HttpConnection client;

	/**
	 * Let a server serve a connection.
	 * @param connection the connection, which this closes
	 */
	HeldConnection(Connections.Connection connection, ConnectionServer server) throws IOException {
		this.connection = connection;
		this.held = connection.descriptor().duplicate();
		this.file = TableFile.create(Path.of(System.getProperty("java.io.tmpdir")), 1);
		this.client = new HttpConnection(connection.client());
		this.file.put(0, NONCE, 0, 0);
		ServiceTable table = ServiceTable.open(this.file.duplicate(), this.file.id(), 1, WORKER);
		TableEntry entry = Objects.requireNonNull(table.entry(0, NONCE));
		assertThat(entry.claim()).isTrue();
		GotWork work = new GotWork(
				new WorkMetadata(RequestId.next(), "default", 1, 1, connection.accepted().remote(),
						connection.accepted().local(), Map.of(), new byte[0]),
				List.of(connection.descriptor()), 1, (ended, outcome) -> {
				}, WorkPermits.UNLIMITED, entry);
		server.accept(work);
		work.release();
	}

	HttpConnection client() {
		return this.client;
	}

	EntryState state() throws IOException {
		this.file.read(0, this.view);
		return this.view.state(0);
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
	boolean isIdle() throws IOException {
		ByteTotals totals = totals();
		return state() == EntryState.GOT && this.view.read(0) == totals.read()
				&& this.view.written(0) == totals.written();
	}

	/**
	 * Check that the connection is idle at this moment.
	 * @param description when that is
	 */
	void assertIdle(String description) throws IOException {
		ByteTotals totals = totals();
		assertThat(state()).as(description).isEqualTo(EntryState.GOT);
		assertThat(List.of(this.view.read(0), this.view.written(0))).as("read and written %s", description)
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
		this.file.close();
	}

}
