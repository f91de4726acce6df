package io.fdwork.internal.worker;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

import io.fdwork.ConnectionHistory;
import io.fdwork.RequestId;
import io.fdwork.descriptor.ByteTotals;
import io.fdwork.descriptor.ClientState;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.DescriptorTable;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.table.ServiceTable;
import io.fdwork.internal.table.TableEntry;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.ControlProtocolException;
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
	 * How long those who get have for what a daemon that is gone has put again. What
	 * nobody has claimed by then may have been lost with it, or with a worker.
	 */
	static final Duration GRACE = Duration.ofSeconds(1);

	/**
	 * How long the daemon has to say where in its table a connection is.
	 */
	static final Duration PATIENCE = Duration.ofSeconds(5);

	private static final byte[] NO_PAYLOAD = {};

	private final int max;

	private final Map<TableEntry, Spare> kept = new LinkedHashMap<>();

	// Of connections that are in no table yet, by the identities of their sockets
	private final Map<Long, UnplacedSpare> unplaced = new HashMap<>();

	private final WorkerCounters counters;

	private @Nullable ServiceTable table;

	// Since when there is no other daemon than that of the table
	private long changedNanos = System.nanoTime();

	private boolean closed;

	/**
	 * Create an object that keeps nothing.
	 * @param counters are told how many there are
	 */
	Spares(WorkerCounters counters) {
		this((int) DescriptorTable.share(DescriptorTable.limit()), counters);
	}

	Spares(int max, WorkerCounters counters) {
		this.max = max;
		this.counters = counters;
	}

	/**
	 * Keep a duplicate of a connection that is about to be sent home, if there is room
	 * for it.
	 * @param work the work of the connection
	 * @param connection the connection; stays the caller's
	 * @param history what has happened on it
	 * @param entry its entry, which says that it is at home
	 */
	void keep(GotWork work, Descriptor connection, ConnectionHistory history, TableEntry entry) {
		Place place = Objects.requireNonNull(work.place());
		if (hasRoom()) {
			try {
				add(new Spare(work, history, entry, place.table(), connection.duplicate()));
			}
			catch (IOException ex) {
				skip(work, ex);
			}
		}
	}

	/**
	 * Keep a duplicate of a connection that is about to be sent home and is in no table
	 * of the daemon, if there is room for it. The daemon will say where it is, or nobody
	 * needs the spare.
	 * @param work the work of the connection
	 * @param connection the connection; stays the caller's
	 * @param history what has happened on it
	 * @return what is kept, to be {@linkplain #withdraw withdrawn} if the connection does
	 * not go; {@code null} if nothing is
	 */
	@Nullable UnplacedSpare keep(GotWork work, Descriptor connection, ConnectionHistory history) {
		if (!follows(0) && hasRoom()) {
			try {
				// Before the duplicate, which nobody would close if this failed
				long identity = TcpSockets.identity(connection);
				UnplacedSpare unplaced = new UnplacedSpare(work, connection, history);
				add(identity, unplaced);
				return unplaced;
			}
			catch (IOException ex) {
				skip(work, ex);
			}
		}
		return null;
	}

	private boolean hasRoom() {
		boolean room = size() < this.max;
		if (!room) {
			this.counters.spareSkipped();
		}
		return room;
	}

	private void skip(GotWork work, IOException ex) {
		logger.debug("{} goes home without a spare", work, ex);
		this.counters.spareSkipped();
	}

	/**
	 * Do without the spare of a connection that was not sent.
	 * @param unplaced what was kept for it
	 * @return {@code false} if the connection is served here again already, as the daemon
	 * has died
	 */
	synchronized boolean withdraw(UnplacedSpare unplaced) {
		if (this.unplaced.values().remove(unplaced)) {
			unplaced.connection().close();
		}
		return !unplaced.isTakenBack();
	}

	private synchronized void add(Spare spare) {
		// One that could not be sent and tries again has one already
		Spare before = (this.closed) ? spare : this.kept.put(spare.entry, spare);
		if (before != null) {
			before.connection.close();
		}
		tellSize();
	}

	private void tellSize() {
		this.counters.spares(this.kept.size());
	}

	private synchronized void add(long identity, UnplacedSpare next) {
		UnplacedSpare before = (this.closed) ? next : this.unplaced.put(identity, next);
		if (before != null) {
			before.connection().close();
		}
	}

	/**
	 * The daemon says where in its table connections are that were in none.
	 * @param places where they are
	 * @throws ControlProtocolException if there are not as many as sockets
	 */
	void placed(ControlMessage.Places places) throws ControlProtocolException {
		if (places.sockets() == null || places.places() == null || places.sockets().size() != places.places().size()
				|| places.sockets().stream().anyMatch(Objects::isNull)
				|| places.places().stream().anyMatch(Objects::isNull)) {
			throw new ControlProtocolException("told places that are not those of sockets");
		}
		for (int i = 0; i < places.places().size(); i++) {
			placed(places.sockets().get(i), places.places().get(i));
		}
	}

	private synchronized void placed(long identity, Place place) {
		UnplacedSpare found = this.unplaced.remove(identity);
		if (found == null) {
			return;
		}
		TableEntry entry = (this.table != null && this.table.id() == place.table())
				? this.table.homeEntry(place.index(), place.nonce()) : null;
		if (entry == null) {
			skip(found.connection());
		}
		else {
			add(new Spare(found.work(), found.history(), entry, place.table(), found.connection()));
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
		closeUnplaced((unplaced) -> nowNanos - unplaced.askedNanos() >= PATIENCE.toNanos());
		for (Iterator<Spare> spares = this.kept.values().iterator(); spares.hasNext();) {
			Spare spare = spares.next();
			if (graceOver && spare.table != tableId()) {
				spares.remove();
				takeBack(spare, returning);
			}
			else if (!spare.entry.isHome() && spare.entry.putAgain() == null) {
				spares.remove();
				// Not shut down: somebody serves it, or has ended it
				spare.connection.close();
			}
		}
		tellSize();
		return returning;
	}

	/**
	 * There is another daemon, or the one that there was has died.
	 * @param current its table, {@code null} if there is none
	 * @return the connections to be served, which were at home with the one before
	 */
	synchronized List<Returning> follow(@Nullable ServiceTable current) {
		List<Returning> returning = new ArrayList<>();
		boolean same = ((current != null) ? current.id() : 0) == tableId();
		// Even if it is the same: who registers again has another number in it
		this.table = current;
		if (same) {
			return returning;
		}
		if (current == null) {
			takeBackUnplaced(returning);
		}
		closeUnplaced((unplaced) -> true);
		this.changedNanos = System.nanoTime();
		for (Iterator<Spare> spares = this.kept.values().iterator(); spares.hasNext();) {
			Spare spare = spares.next();
			if (spare.table != tableId() && spare.entry.isHome()) {
				spares.remove();
				takeBack(spare, returning);
			}
		}
		tellSize();
		return returning;
	}

	/**
	 * Return whether a table is that of the daemon that there is now.
	 * @param table what tells it from others, 0 for none
	 */
	synchronized boolean follows(long table) {
		return table == tableId();
	}

	private long tableId() {
		return (this.table != null) ? this.table.id() : 0;
	}

	private void closeUnplaced(Predicate<UnplacedSpare> which) {
		this.unplaced.values().removeIf((unplaced) -> {
			boolean close = which.test(unplaced);
			if (close) {
				skip(unplaced.connection());
			}
			return close;
		});
	}

	/**
	 * Close the spare of a connection that is at home, without shutting it down.
	 */
	private void skip(Descriptor connection) {
		connection.close();
		this.counters.spareSkipped();
	}

	private void takeBack(Spare spare, Collection<Returning> returning) {
		if (isOver(spare.connection)) {
			spare.connection.close();
			return;
		}
		TableEntry putAgain = spare.entry.putAgain();
		TableEntry entry = (spare.entry.takeBack()) ? spare.entry
				: (putAgain != null && putAgain.claim()) ? putAgain : null;
		if (entry == null) {
			spare.connection.close();
			return;
		}
		this.counters.takenBack();
		Place place = new Place(spare.table, entry.index(), entry.nonce());
		returning.add(new Returning(again(spare.work, spare.history, place), spare.connection, entry));
	}

	/**
	 * Take back what the daemon has died with before it could say where it is. Who has
	 * got it meanwhile is in no table that is known here, but nobody gets a connection
	 * before its client has sent something.
	 */
	private void takeBackUnplaced(Collection<Returning> returning) {
		for (Iterator<UnplacedSpare> all = this.unplaced.values().iterator(); all.hasNext();) {
			UnplacedSpare unplaced = all.next();
			if (unplaced.isIdle()) {
				all.remove();
				unplaced.takeBack();
				this.counters.takenBack();
				returning
					.add(new Returning(again(unplaced.work(), unplaced.history(), null), unplaced.connection(), null));
			}
		}
	}

	private static WorkMetadata again(GotWork work, ConnectionHistory history, @Nullable Place place) {
		return new WorkMetadata(RequestId.next(), work.queue(), 0, System.nanoTime(), work.remoteAddress(),
				work.localAddress(), work.parameters(), NO_PAYLOAD, history, place);
	}

	/**
	 * Return whether there is nothing to serve on a connection: the daemon has ended it
	 * when it stopped, or its client has gone.
	 */
	private static boolean isOver(Descriptor connection) {
		ByteTotals totals = ByteTotals.of(connection);
		return totals != null && (totals.client() == ClientState.RESET || totals.client() == ClientState.CLOSED);
	}

	synchronized int size() {
		return this.kept.size() + this.unplaced.size();
	}

	/**
	 * Close all, and keep nothing any more. What is at home is so without a spare then.
	 */
	@Override
	public synchronized void close() {
		this.closed = true;
		closeUnplaced((unplaced) -> true);
		this.kept.values().forEach((spare) -> {
			if (spare.entry.isHome()) {
				skip(spare.connection);
			}
			else {
				spare.connection.close();
			}
		});
		this.kept.clear();
		tellSize();
	}

	/**
	 * A connection that is served here again.
	 *
	 * @param metadata what is known of it
	 * @param connection the connection, to be moved
	 * @param entry its entry, which is claimed; {@code null} if it has none
	 */
	record Returning(WorkMetadata metadata, Descriptor connection, @Nullable TableEntry entry) {
	}

	/**
	 * A descriptor of a connection at home.
	 */
	private record Spare(GotWork work, ConnectionHistory history, TableEntry entry, long table, Descriptor connection) {
	}

}
