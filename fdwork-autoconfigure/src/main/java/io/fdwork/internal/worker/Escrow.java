package io.fdwork.internal.worker;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.internal.wire.AcceptTerms;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.ControlProtocolException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners that a worker keeps for a daemon that died: their ports stay open, and
 * the next daemon gets them back. Safe for all threads.
 */
final class Escrow implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Escrow.class);

	private final List<Kept> listeners = new ArrayList<>();

	private boolean closed;

	private volatile Runnable onChange = () -> {
	};

	/**
	 * Set who is told when something else is kept, on the thread that changes it.
	 */
	void onChange(Runnable onChange) {
		this.onChange = onChange;
	}

	/**
	 * Do what a daemon wants kept, and answer.
	 * @throws IOException if it wants something else than it has sent, or reads no more
	 */
	void take(ControlConnection connection, ControlMessage.Keep keep) throws IOException {
		List<Descriptor> sent = connection.takeDescriptors();
		boolean discarded = connection.takeDiscarded() && sent.isEmpty();
		try {
			if (!discarded && sent.size() != keep.listeners()) {
				throw new ControlProtocolException(
						"wants " + keep.listeners() + " listeners kept and sent " + sent.size());
			}
			List<AcceptTerms> terms = keep.terms();
			if (terms != null && (terms.size() != keep.listeners() || terms.contains(null))) {
				throw new ControlProtocolException("said when to accept from " + terms.size() + " listeners, and wants "
						+ keep.listeners() + " kept");
			}
			if (!discarded) {
				keep(sent, terms);
			}
		}
		finally {
			sent.forEach(Descriptor::close);
		}
		connection.write(new ControlMessage.Kept(keep.revision(), sent.size()));
	}

	/**
	 * Keep listeners instead of all that were kept so far, and accept from none.
	 * @param listeners the listeners; moved
	 */
	void keep(List<Descriptor> listeners) {
		keep(listeners, null);
	}

	/**
	 * Keep listeners instead of all that were kept so far.
	 * @param listeners the listeners; moved
	 * @param terms when to accept from each, {@code null} for never
	 */
	void keep(List<Descriptor> listeners, @Nullable List<AcceptTerms> terms) {
		synchronized (this) {
			closeAll();
			for (int i = 0; i < listeners.size(); i++) {
				this.listeners.add(new Kept(listeners.get(i).move(), (terms != null) ? terms.get(i) : null));
			}
			if (this.closed) {
				closeAll();
			}
		}
		this.onChange.run();
	}

	/**
	 * Duplicate what is kept, without what listens no more because a daemon has ended it
	 * for all.
	 * @return duplicates, to be closed by the caller
	 */
	synchronized List<Descriptor> duplicates() throws IOException {
		this.listeners.removeIf((kept) -> {
			boolean ended = !TcpSockets.isListening(kept.listener());
			if (ended) {
				kept.listener().close();
			}
			return ended;
		});
		List<Descriptor> duplicates = new ArrayList<>();
		try {
			for (Kept kept : this.listeners) {
				duplicates.add(kept.listener().duplicate());
			}
			return duplicates;
		}
		catch (Throwable ex) {
			duplicates.forEach(Descriptor::close);
			throw ex;
		}
	}

	/**
	 * Return the listeners that this worker may accept from, with their terms.
	 * @return duplicates, to be closed by the caller
	 */
	synchronized List<Kept> acceptable() {
		List<Kept> acceptable = new ArrayList<>();
		for (Kept kept : this.listeners) {
			if (kept.terms() != null && TcpSockets.isListening(kept.listener())) {
				try {
					acceptable.add(new Kept(kept.listener().duplicate(), kept.terms()));
				}
				catch (IOException ex) {
					logger.error("Too few descriptors to accept from a listener. Raise ulimit -n", ex);
				}
			}
		}
		return acceptable;
	}

	synchronized int size() {
		return this.listeners.size();
	}

	/**
	 * Return from how many of them workers accept while there is no daemon.
	 */
	synchronized int served() {
		return (int) this.listeners.stream()
			.filter((kept) -> kept.terms() != null && kept.terms().isAccepted(false))
			.count();
	}

	private void closeAll() {
		this.listeners.forEach((kept) -> kept.listener().close());
		this.listeners.clear();
	}

	/**
	 * Let go of all, and of what comes later.
	 */
	@Override
	public void close() {
		synchronized (this) {
			this.closed = true;
			closeAll();
		}
		this.onChange.run();
	}

	/**
	 * A listener that is kept.
	 *
	 * @param listener the listening socket
	 * @param terms when the worker accepts from it, {@code null} for never
	 */
	record Kept(Descriptor listener, @Nullable AcceptTerms terms) {

		AcceptTerms requiredTerms() {
			return Objects.requireNonNull(this.terms);
		}

	}

}
