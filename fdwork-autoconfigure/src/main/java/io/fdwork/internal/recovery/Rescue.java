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
import io.fdwork.internal.process.ProcessIdentity;
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

	private final Outcomes outcomes;

	private final ReplayRule replays;

	private final ReplayBrake brake = new ReplayBrake();

	// Of this look
	private int poisoned;

	// For room in their queues
	private final Deque<Put> waiting = new ArrayDeque<>();

	/**
	 * Create a rescue.
	 * @param outcomes is told what has become of each connection, when that is known
	 */
	Rescue(ServedConnections served, IdleHome home, ReplayRule replays, Outcomes outcomes) {
		this.served = served;
		this.home = home;
		this.replays = replays;
		this.outcomes = outcomes;
	}

	/**
	 * Look after a connection that a dead worker had.
	 * @param connection the connection
	 * @param mark what the worker has marked last
	 * @param worker who that was, {@code null} if that cannot be told
	 */
	void rescue(ServedConnection connection, Mark mark, @Nullable ProcessIdentity worker, long now) {
		Descriptor copy = Objects.requireNonNull(connection.copy);
		try {
			ByteTotals totals = ByteTotals.of(copy);
			Fate fate = (totals != null) ? judge(connection, mark, totals) : Fate.LOST;
			Replay replay = (fate == Fate.LOST && totals != null && this.brake.isReleased(now))
					? findReplay(connection, totals) : null;
			if (replay != null) {
				connection.missed = 0;
				this.served.replay(connection, replay);
				put(new Put(connection, Fate.REPLAYED, worker));
			}
			else if (fate == Fate.PUT_AGAIN) {
				connection.missed = 0;
				this.served.putAgain(connection, mark.word());
				put(new Put(connection, fate, worker));
			}
			else {
				letGo(connection, copy, mark, fate, now);
				this.outcomes.add(fate, worker);
			}
		}
		catch (IOException ex) {
			this.served.fail(ex);
			end(connection, copy);
			this.outcomes.add(Fate.LOST, worker);
		}
	}

	private void letGo(ServedConnection connection, Descriptor copy, Mark mark, Fate fate, long now) {
		switch (fate) {
			case HOME -> goHome(connection, copy, mark);
			case DEPARTED -> this.served.release(connection);
			case POISONED -> {
				notePoison(connection, now);
				end(connection, copy);
			}
			default -> end(connection, copy);
		}
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

	private void notePoison(ServedConnection connection, long now) {
		if (this.poisoned == 0) {
			this.brake.workerDied(now);
		}
		if (this.poisoned++ < MAX_POISON_LOGGED) {
			logger.warn(
					"The second worker has died, too, while it had the request \"{}\" from {}: it is not replayed "
							+ "again, and its connection is closed",
					ReplayRule.firstLine(connection.preread()), connection.requiredRequest().remoteAddress());
		}
	}

	private void end(ServedConnection connection, Descriptor copy) {
		synchronized (this.served) {
			if (!connection.dropped) {
				TcpSockets.shutdown(copy);
			}
		}
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
			this.outcomes.add(Fate.LOST, null);
			return;
		}
		connection.sequence = 0;
		put(new Put(connection, Fate.PUT_AGAIN, null));
	}

	private void put(Put put) {
		ServedConnection connection = put.connection();
		try {
			if (send(connection)) {
				logger.debug("{}: {}", connection.requiredRequest(), put.fate());
				this.outcomes.add(put.fate(), put.worker());
			}
			else {
				this.waiting.add(put);
			}
		}
		catch (IOException ex) {
			logger.debug("{} cannot be put again", connection.requiredRequest(), ex);
			end(connection, Objects.requireNonNull(connection.copy));
			this.outcomes.add(Fate.LOST, put.worker());
		}
	}

	/**
	 * Put a connection once more.
	 * @return whether there was room in its queue
	 */
	private boolean send(ServedConnection connection) throws IOException {
		boolean tabled = connection.queue.usesTable();
		long sequence;
		// So that nobody lets go of it meanwhile
		synchronized (this.served) {
			if (connection.dropped) {
				throw new IOException("It is held no more");
			}
			sequence = connection.queue.putAgain(connection.requiredRequest(), Objects.requireNonNull(connection.copy),
					(tabled) ? this.served.place(connection) : null, connection.preread());
			connection.sequence = (tabled) ? sequence : 0;
		}
		if (sequence > 0 && !tabled) {
			this.served.release(connection);
		}
		return sequence > 0;
	}

	/**
	 * Try again to put what has found no room.
	 */
	void putWaiting() {
		this.poisoned = 0;
		for (int i = this.waiting.size(); i > 0; i--) {
			Put put = this.waiting.remove();
			if (this.served.at(put.connection().index) == put.connection()) {
				put(put);
			}
			else {
				this.outcomes.add(Fate.LOST, put.worker());
			}
		}
	}

	/**
	 * Is told what has become of connections.
	 */
	@FunctionalInterface
	interface Outcomes {

		/**
		 * Something has become of a connection.
		 * @param worker who had it, {@code null} if that cannot be told
		 */
		void add(Fate fate, @Nullable ProcessIdentity worker);

	}

	/**
	 * A connection that is to be put once more.
	 *
	 * @param fate what has become of it when that is done
	 * @param worker who had it
	 */
	private record Put(ServedConnection connection, Fate fate, @Nullable ProcessIdentity worker) {
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
