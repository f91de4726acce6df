package io.fdwork.internal.recovery;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;

import io.fdwork.ConnectionHistory;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.ByteTotals;
import io.fdwork.descriptor.ClientState;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.internal.count.Counts;
import io.fdwork.internal.recovery.ServedConnection.Replay;
import io.fdwork.internal.table.JournalRecord;
import io.fdwork.internal.table.TableView;
import io.fdwork.internal.wire.AddressText;
import io.fdwork.internal.wire.Place;
import io.fdwork.internal.wire.Returned;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what becomes of a connection that no worker has any more, by what the kernel
 * says of it and what its entry says of its last idle point. For one thread.
 */
final class Rescue {

	private static final Logger logger = LoggerFactory.getLogger(Rescue.class);

	/**
	 * How often a connection is put again that leaves the queue and that nobody claims.
	 */
	private static final int MAX_MISSED = 5;

	/**
	 * How many requests are logged of what one worker had.
	 */
	private static final int MAX_POISON_LOGGED = 10;

	private final ServedConnections served;

	private final IdleHome home;

	private final Counts<Fate> fates;

	private final ReplayRule replays;

	// Of this look
	private int poisoned;

	// For room in their queues
	private final Deque<ServedConnection> waiting = new ArrayDeque<>();

	Rescue(ServedConnections served, IdleHome home, ReplayRule replays, Counts<Fate> fates) {
		this.served = served;
		this.home = home;
		this.replays = replays;
		this.fates = fates;
	}

	/**
	 * Look after a connection that a dead worker had.
	 * @param connection the connection
	 * @param mark what the worker has marked last
	 * @return what becomes of it
	 */
	Fate rescue(ServedConnection connection, Mark mark) {
		Descriptor copy = Objects.requireNonNull(connection.copy);
		Fate fate = Fate.LOST;
		try {
			ByteTotals totals = ByteTotals.of(copy);
			fate = (totals != null) ? judge(connection, mark, totals) : Fate.LOST;
			Replay replay = (fate == Fate.LOST && totals != null) ? findReplay(connection, totals) : null;
			if (replay != null) {
				fate = Fate.REPLAYED;
				connection.missed = 0;
				this.served.replay(connection, replay);
				put(connection);
			}
			switch (fate) {
				case REPLAYED -> logger.debug("{} is replayed", connection.requiredRequest());
				case POISONED -> {
					warnOfPoison(connection);
					end(connection, copy);
				}
				case PUT_AGAIN -> {
					connection.missed = 0;
					this.served.putAgain(connection, mark.word());
					put(connection);
				}
				case HOME -> goHome(connection, copy, mark);
				case LOST -> end(connection, copy);
				case DEPARTED -> this.served.release(connection);
			}
		}
		catch (IOException ex) {
			this.served.fail(ex);
			end(connection, copy);
			fate = Fate.LOST;
		}
		this.fates.increment(fate);
		return fate;
	}

	private static Fate judge(ServedConnection connection, Mark mark, ByteTotals totals) {
		if (totals.client() == ClientState.RESET || totals.client() == ClientState.CLOSED) {
			return Fate.DEPARTED;
		}
		if (totals.read() != mark.read() || totals.written() != mark.written()) {
			Replay before = connection.replay;
			return (before != null && (before.read() == mark.read() || before.written() == totals.written()))
					? Fate.POISONED : Fate.LOST;
		}
		boolean wasIdle = connection.requiredRequest().history() != null || mark.read() != connection.firstRead
				|| mark.written() != connection.firstWritten;
		return (totals.unread() == 0 && wasIdle) ? Fate.HOME : Fate.PUT_AGAIN;
	}

	/**
	 * Find what was read of a connection to which nothing was written since. The kernel
	 * says how much that is: all of it, or nothing is replayed.
	 */
	private @Nullable Replay findReplay(ServedConnection connection, ByteTotals totals) throws IOException {
		JournalRecord journal = this.served.file().journal(connection.index);
		if (journal == null || journal.nonce() != connection.nonce || journal.written() != totals.written()
				|| totals.client() != ClientState.PRESENT || !connection.queue.usesTable()
				|| !connection.queue.usesPreread()) {
			return null;
		}
		byte[] read = journal.since(totals.read());
		return (this.replays.permits(read)) ? new Replay(read, journal.read(), journal.written()) : null;
	}

	private void warnOfPoison(ServedConnection connection) {
		if (this.poisoned++ < MAX_POISON_LOGGED) {
			logger.warn(
					"The second worker has died, too, while it had the request \"{}\" from {}: it is not replayed "
							+ "again, and its connection is closed",
					ReplayRule.firstLine(connection.preread()), connection.requiredRequest().remoteAddress());
		}
	}

	private void end(ServedConnection connection, Descriptor copy) {
		TcpSockets.shutdown(copy);
		this.served.release(connection);
	}

	private void goHome(ServedConnection connection, Descriptor copy, Mark mark) {
		WorkRequest request = connection.requiredRequest();
		Place place = this.served.leave(connection, mark.word());
		ConnectionHistory history = request.history();
		try {
			this.home.takeBack(connection.queue.name(), copy, new Returned((history != null) ? history.requests() : 1,
					System.nanoTime(), null, text(request.remoteAddress()), text(request.localAddress()), place));
		}
		catch (IOException ex) {
			logger.debug("An idle connection cannot be held", ex);
		}
		if (!this.served.hasArrived(connection)) {
			this.served.release(connection);
		}
	}

	private static @Nullable String text(@Nullable InetSocketAddress address) {
		return (address != null) ? AddressText.of(address) : null;
	}

	/**
	 * Put a connection again that has left the queue and that nobody has claimed: whoever
	 * got it is gone, or could not take it. If somebody claims it after all, the other
	 * one lets go of it.
	 */
	void putMissing(ServedConnection connection) {
		Descriptor copy = Objects.requireNonNull(connection.copy);
		connection.missingNanos = 0;
		connection.doubled = true;
		if (++connection.missed > MAX_MISSED) {
			end(connection, copy);
			this.fates.increment(Fate.LOST);
			return;
		}
		connection.sequence = 0;
		put(connection);
		this.fates.increment(Fate.PUT_AGAIN);
	}

	private void put(ServedConnection connection) {
		if (!tryPut(connection)) {
			this.waiting.add(connection);
		}
	}

	/**
	 * Try again to put what has found no room.
	 */
	void putWaiting() {
		this.poisoned = 0;
		for (int i = this.waiting.size(); i > 0; i--) {
			ServedConnection connection = this.waiting.remove();
			if (this.served.at(connection.index) == connection) {
				put(connection);
			}
		}
	}

	private boolean tryPut(ServedConnection connection) {
		Descriptor copy = Objects.requireNonNull(connection.copy);
		boolean tabled = connection.queue.usesTable();
		try {
			long sequence = connection.queue.putAgain(connection.requiredRequest(), copy,
					(tabled) ? this.served.place(connection) : null, connection.preread());
			if (sequence == 0) {
				return false;
			}
			if (tabled) {
				connection.sequence = sequence;
			}
			else {
				this.served.release(connection);
			}
		}
		catch (IOException ex) {
			logger.debug("{} cannot be put again", connection.requiredRequest(), ex);
			end(connection, copy);
		}
		return true;
	}

	/**
	 * What the holder of an entry has marked.
	 *
	 * @param word the word of the entry
	 * @param read how many bytes were read at the last idle point
	 * @param written how many were written
	 */
	record Mark(long word, long read, long written) {

		/**
		 * Return a mark.
		 * @param i which one of the view
		 */
		static Mark of(TableView view, int i) {
			return new Mark(view.word(i), view.read(i), view.written(i));
		}

	}

}
