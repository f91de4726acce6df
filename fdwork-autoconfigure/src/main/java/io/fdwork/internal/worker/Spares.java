package io.fdwork.internal.worker;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

import io.fdwork.ConnectionHistory;
import io.fdwork.RequestId;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.DescriptorTable;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.table.ServiceTable;
import io.fdwork.internal.table.TableEntry;
import io.fdwork.internal.wire.Place;
import io.fdwork.internal.wire.WorkMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a descriptor of each connection that this worker has sent home and that waits
 * there, so that it can serve it on if the daemon dies. Who has one by then says the
 * table: a connection that was put again is another one's as soon as that has claimed it.
 * Safe for all threads.
 */
final class Spares implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Spares.class);

	/**
	 * How many there are at most, as a share of the descriptors of the process.
	 */
	private static final int SHARE = 4;

	private static final int MAX = 16_384;

	/**
	 * How long those who get have for what a daemon that is gone has put again. What
	 * nobody has claimed by then may have been lost with it, or with a worker.
	 */
	static final Duration GRACE = Duration.ofSeconds(1);

	private static final byte[] NO_PAYLOAD = {};

	private final int max;

	private final Set<Spare> kept = new LinkedHashSet<>();

	private final LongAdder takenBack = new LongAdder();

	private long table;

	// Since when there is no other daemon than that of the table
	private long changedNanos = System.nanoTime();

	private boolean closed;

	/**
	 * Create an object that keeps nothing.
	 */
	Spares() {
		this((int) Math.min(MAX, DescriptorTable.limit() / SHARE));
	}

	Spares(int max) {
		this.max = max;
	}

	/**
	 * Keep a duplicate of a connection that is about to be sent home, if there is room
	 * for it.
	 * @param work the work of the connection
	 * @param connection the connection; stays the caller's
	 * @param history what has happened on it
	 */
	void keep(GotWork work, Descriptor connection, ConnectionHistory history) {
		TableEntry entry = work.entry();
		Place place = work.place();
		if (entry == null || place == null || size() >= this.max) {
			return;
		}
		try {
			add(new Spare(work, history, entry, place, connection.duplicate()));
		}
		catch (IOException ex) {
			logger.debug("{} goes home without a spare", work, ex);
		}
	}

	private synchronized void add(Spare spare) {
		if (this.closed) {
			spare.connection.close();
		}
		else {
			this.kept.add(spare);
		}
	}

	/**
	 * Close those that nobody will need.
	 * @return the connections to be served, as nobody has got them though they were put
	 * again by a daemon that is gone
	 */
	synchronized List<Returning> sweep(long nowNanos) {
		List<Returning> returning = new ArrayList<>();
		boolean graceOver = nowNanos - this.changedNanos >= GRACE.toNanos();
		for (Iterator<Spare> spares = this.kept.iterator(); spares.hasNext();) {
			Spare spare = spares.next();
			if (graceOver && spare.place.table() != this.table) {
				spares.remove();
				takeBack(spare, returning);
			}
			else if (!spare.entry.isHome() && spare.entry.putAgain() == null) {
				spares.remove();
				// Not shut down: somebody serves it, or has ended it
				spare.connection.close();
			}
		}
		return returning;
	}

	/**
	 * There is another daemon, or none.
	 * @param current its table, {@code null} if there is none
	 * @return the connections to be served, which were at home with the one before
	 */
	synchronized List<Returning> follow(@Nullable ServiceTable current) {
		long table = (current != null) ? current.id() : 0;
		List<Returning> returning = new ArrayList<>();
		if (table == this.table) {
			return returning;
		}
		this.table = table;
		this.changedNanos = System.nanoTime();
		for (Iterator<Spare> spares = this.kept.iterator(); spares.hasNext();) {
			Spare spare = spares.next();
			if (spare.place.table() != table && spare.entry.isHome()) {
				spares.remove();
				takeBack(spare, returning);
			}
		}
		return returning;
	}

	private void takeBack(Spare spare, Collection<Returning> returning) {
		TableEntry putAgain = spare.entry.putAgain();
		TableEntry entry = (spare.entry.takeBack()) ? spare.entry
				: (putAgain != null && putAgain.claim()) ? putAgain : null;
		if (entry == null) {
			spare.connection.close();
			return;
		}
		this.takenBack.increment();
		GotWork work = spare.work;
		Place place = new Place(spare.place.table(), spare.place.index(), entry.nonce());
		returning.add(new Returning(
				new WorkMetadata(RequestId.next(), work.queue(), 0, System.nanoTime(), work.remoteAddress(),
						work.localAddress(), work.parameters(), NO_PAYLOAD, spare.history, place),
				spare.connection, entry));
	}

	synchronized int size() {
		return this.kept.size();
	}

	/**
	 * Return how many connections were taken back since the start.
	 */
	long takenBack() {
		return this.takenBack.sum();
	}

	/**
	 * Close all, and keep nothing any more.
	 */
	@Override
	public synchronized void close() {
		this.closed = true;
		this.kept.forEach((spare) -> spare.connection.close());
		this.kept.clear();
	}

	/**
	 * A connection that is served here again.
	 *
	 * @param metadata what is known of it
	 * @param connection the connection, to be moved
	 * @param entry its entry, which is claimed
	 */
	record Returning(WorkMetadata metadata, Descriptor connection, TableEntry entry) {
	}

	/**
	 * A descriptor of a connection at home.
	 */
	private static final class Spare {

		private final GotWork work;

		private final ConnectionHistory history;

		private final TableEntry entry;

		private final Place place;

		private final Descriptor connection;

		Spare(GotWork work, ConnectionHistory history, TableEntry entry, Place place, Descriptor connection) {
			this.work = work;
			this.history = history;
			this.entry = entry;
			this.place = place;
			this.connection = connection;
		}

	}

}
