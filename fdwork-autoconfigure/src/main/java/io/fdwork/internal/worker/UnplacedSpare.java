package io.fdwork.internal.worker;

import java.io.IOException;

import io.fdwork.ConnectionHistory;
import io.fdwork.descriptor.ByteTotals;
import io.fdwork.descriptor.ClientState;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.queue.GotWork;
import org.jspecify.annotations.Nullable;

/**
 * A descriptor of a connection that goes home, of which the daemon has not said yet where
 * it is in its table. Belongs to {@link Spares}, whose lock guards it.
 */
final class UnplacedSpare {

	private final GotWork work;

	private final ConnectionHistory history;

	private final @Nullable ByteTotals totals;

	private final Descriptor connection;

	private final long askedNanos = System.nanoTime();

	private boolean takenBack;

	/**
	 * Create a spare.
	 * @param connection is duplicated; stays the caller's
	 */
	UnplacedSpare(GotWork work, Descriptor connection, ConnectionHistory history) throws IOException {
		this.work = work;
		this.history = history;
		this.totals = ByteTotals.of(connection);
		this.connection = connection.duplicate();
	}

	GotWork work() {
		return this.work;
	}

	ConnectionHistory history() {
		return this.history;
	}

	/**
	 * Return the duplicate, which whoever takes the spare closes or keeps.
	 */
	Descriptor connection() {
		return this.connection;
	}

	long askedNanos() {
		return this.askedNanos;
	}

	/**
	 * Return whether nothing has come since it was kept.
	 */
	boolean isIdle() {
		return this.totals != null && this.totals.client() == ClientState.PRESENT && this.totals.unread() == 0
				&& this.totals.equals(ByteTotals.of(this.connection));
	}

	void takeBack() {
		this.takenBack = true;
	}

	/**
	 * Return whether the connection is served here again.
	 */
	boolean isTakenBack() {
		return this.takenBack;
	}

}
