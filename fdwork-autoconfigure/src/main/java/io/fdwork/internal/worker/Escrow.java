package io.fdwork.internal.worker;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.TcpSockets;

/**
 * The listeners that a worker keeps for a daemon that died: their ports stay open, and
 * the next daemon gets them back. Safe for all threads.
 */
final class Escrow implements AutoCloseable {

	private final List<Descriptor> listeners = new ArrayList<>();

	private boolean closed;

	/**
	 * Keep listeners instead of all that were kept so far.
	 * @param listeners the listeners; moved
	 */
	synchronized void keep(List<Descriptor> listeners) {
		closeAll();
		for (Descriptor listener : listeners) {
			this.listeners.add(listener.move());
		}
		if (this.closed) {
			closeAll();
		}
	}

	/**
	 * Duplicate what is kept, without what listens no more because a daemon has ended it
	 * for all.
	 * @return duplicates, to be closed by the caller
	 */
	synchronized List<Descriptor> duplicates() throws IOException {
		this.listeners.removeIf((listener) -> {
			boolean ended = !TcpSockets.isListening(listener);
			if (ended) {
				listener.close();
			}
			return ended;
		});
		List<Descriptor> duplicates = new ArrayList<>();
		try {
			for (Descriptor listener : this.listeners) {
				duplicates.add(listener.duplicate());
			}
			return duplicates;
		}
		catch (Throwable ex) {
			duplicates.forEach(Descriptor::close);
			throw ex;
		}
	}

	synchronized int size() {
		return this.listeners.size();
	}

	private void closeAll() {
		this.listeners.forEach(Descriptor::close);
		this.listeners.clear();
	}

	/**
	 * Let go of all, and of what comes later.
	 */
	@Override
	public synchronized void close() {
		this.closed = true;
		closeAll();
	}

}
