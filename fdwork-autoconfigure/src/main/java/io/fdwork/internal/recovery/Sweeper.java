package io.fdwork.internal.recovery;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.table.EntryState;
import io.fdwork.internal.table.TableView;

/**
 * Compares what workers have marked in the table with what the daemon knows, and lets go
 * of what has ended. Safe for all threads.
 */
final class Sweeper {

	/**
	 * How many entries are looked at at once.
	 */
	static final int BLOCK = 64;

	private final ServedConnections served;

	private final LongAdder damaged = new LongAdder();

	Sweeper(ServedConnections served) {
		this.served = served;
	}

	/**
	 * Return how many entries workers have damaged.
	 */
	long damaged() {
		return this.damaged.sum();
	}

	/**
	 * Let go of what has ended.
	 * @param from the first entry of the view
	 */
	void releaseEnded(int from, TableView view) {
		List<ServedConnection> ended = new ArrayList<>();
		synchronized (this.served) {
			for (int i = 0; i < view.size(); i++) {
				ServedConnection connection = this.served.at(from + i);
				if (connection != null && view.state(i) == EntryState.ENDED && view.nonce(i) == connection.nonce
						&& (connection.copy != null || connection.dropped)) {
					ended.add(connection);
				}
			}
		}
		ended.forEach(this.served::release);
	}

	/**
	 * Hold no more what is in a queue, or is being put on it. What only waits for room in
	 * it will be put without a place.
	 * @param from the first entry of the view
	 */
	void dropPut(KernelQueue queue, int from, TableView view) {
		synchronized (this.served) {
			for (int i = 0; i < view.size(); i++) {
				ServedConnection connection = this.served.at(from + i);
				if (connection != null && connection.queue == queue && !connection.isHome()
						&& (connection.copy == null || (view.state(i) == EntryState.PUT && connection.sequence > 0))) {
					connection.dropped = true;
					if (connection.copy != null) {
						connection.copy.close();
					}
				}
			}
		}
	}

	/**
	 * Say where a connection is.
	 * @param i its place in the view
	 */
	Whereabouts look(ServedConnection connection, TableView view, int i) {
		synchronized (this.served) {
			if (connection.copy == null) {
				return Whereabouts.ELSEWHERE;
			}
		}
		if (view.nonce(i) != connection.nonce) {
			return Whereabouts.STRANGE;
		}
		return switch (view.state(i)) {
			case PUT -> Whereabouts.QUEUED;
			case GOT, HOME -> Whereabouts.TAKEN;
			case ENDED -> Whereabouts.ELSEWHERE;
			case FREE, UNKNOWN -> Whereabouts.STRANGE;
		};
	}

	/**
	 * Give the entry free of a connection that has left home by another way than a put:
	 * its client has gone, for instance.
	 */
	void releaseLeft(ServedConnection connection) {
		boolean left;
		synchronized (this.served) {
			left = connection.isHome() && connection.hasLeftHome();
		}
		if (left) {
			this.served.release(connection);
		}
	}

	/**
	 * Hold no more whose entry is in a state that it cannot have, if that is seen for the
	 * second time: a worker has written what it likes.
	 */
	void releaseStrange(ServedConnection connection) {
		boolean again;
		synchronized (this.served) {
			again = connection.strangeNonce == connection.nonce;
			connection.strangeNonce = connection.nonce;
		}
		if (again) {
			this.damaged.increment();
			this.served.release(connection);
		}
	}

}
