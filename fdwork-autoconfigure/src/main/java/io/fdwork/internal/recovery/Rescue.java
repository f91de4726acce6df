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
import io.fdwork.internal.table.TableFile;
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

	private final ServedConnections served;

	private final IdleHome home;

	private final Counts<Fate> fates;

	// For room in their queues
	private final Deque<ServedConnection> waiting = new ArrayDeque<>();

	Rescue(ServedConnections served, IdleHome home, Counts<Fate> fates) {
		this.served = served;
		this.home = home;
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
		Fate fate = judge(connection, mark, ByteTotals.of(copy));
		try {
			switch (fate) {
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

	private static Fate judge(ServedConnection connection, Mark mark, @Nullable ByteTotals totals) {
		if (totals == null) {
			return Fate.LOST;
		}
		if (totals.client() == ClientState.RESET || totals.client() == ClientState.CLOSED) {
			return Fate.DEPARTED;
		}
		if (totals.read() != mark.read() || totals.written() != mark.written()) {
			return Fate.LOST;
		}
		boolean wasIdle = connection.requiredRequest().history() != null || mark.read() != connection.firstRead
				|| mark.written() != connection.firstWritten;
		return (totals.unread() == 0 && wasIdle) ? Fate.HOME : Fate.PUT_AGAIN;
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
		if (!connection.isHome()) {
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
					(tabled) ? this.served.place(connection) : null);
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
		static Mark of(TableFile.View view, int i) {
			return new Mark(view.word(i), view.read(i), view.written(i));
		}

	}

}
