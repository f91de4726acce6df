package io.fdwork.daemon;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BiConsumer;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.wire.ControlConnection;
import io.fdwork.wire.ControlMessage;
import io.fdwork.wire.ControlProtocolException;
import io.fdwork.wire.WorkerFigures;
import io.fdwork.wire.WorkerState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A registered worker: what it said and what it reported last. Its thread is the only
 * writer.
 */
final class WorkerSession {

	private static final Logger logger = LoggerFactory.getLogger(WorkerSession.class);

	private final long id;

	private final ControlConnection connection;

	private final ControlMessage.Hello hello;

	private final Instant since = Instant.now();

	private final Duration patience;

	private volatile WorkerFigures figures;

	private volatile long heardNanos = System.nanoTime();

	private volatile int listeners;

	private volatile long revision = -1;

	WorkerSession(long id, ControlConnection connection, ControlMessage.Hello hello, WorkerFigures figures,
			Duration patience) throws ControlProtocolException {
		this.id = id;
		this.connection = connection;
		this.hello = hello;
		this.listeners = hello.listeners();
		this.figures = check(figures);
		this.patience = patience;
	}

	/**
	 * Follow the worker until it leaves.
	 * @param changed is told when it reports another state
	 * @param returned takes each connection that it gives back for a queue, and moves or
	 * closes it
	 * @return why it left, for people
	 */
	String follow(Runnable changed, BiConsumer<String, Descriptor> returned) throws ControlProtocolException {
		this.connection.allowDescriptors(ControlMessage.MAX_RETURNS);
		try {
			while (true) {
				ControlMessage message = this.connection.read();
				if (message != null) {
					takeReturns(message, returned);
				}
				if (message instanceof ControlMessage.Report report) {
					WorkerState before = this.figures.state();
					heard(report.figures());
					if (before != this.figures.state()) {
						changed.run();
					}
				}
				else if (message instanceof ControlMessage.Kept kept) {
					this.listeners = kept.listeners();
					this.revision = kept.revision();
				}
				else if (message instanceof ControlMessage.Bye bye) {
					heard(bye.figures());
					return "bye: " + bye.reason();
				}
				else if (message != null && !(message instanceof ControlMessage.Return)) {
					throw new ControlProtocolException(
							"sent a " + message.getClass().getSimpleName() + " instead of a report");
				}
			}
		}
		catch (ControlProtocolException ex) {
			throw ex;
		}
		catch (EOFException ex) {
			return "its connection ended without a bye";
		}
		catch (IOException ex) {
			return "its connection failed: " + ex.getMessage();
		}
	}

	private void takeReturns(ControlMessage message, BiConsumer<String, Descriptor> returned)
			throws ControlProtocolException {
		List<Descriptor> connections = this.connection.takeDescriptors();
		try {
			List<String> queues = (message instanceof ControlMessage.Return given) ? given.queues() : List.of();
			if (queues == null || queues.size() != connections.size() || !this.hello.queues().containsAll(queues)) {
				throw new ControlProtocolException("sent a " + message.getClass().getSimpleName() + " of " + queues
						+ " with " + connections.size() + " descriptors");
			}
			for (int i = 0; i < queues.size(); i++) {
				returned.accept(queues.get(i), connections.get(i));
			}
		}
		finally {
			connections.forEach(Descriptor::close);
		}
	}

	/**
	 * Tell the worker what to do.
	 * @return whether it could be told
	 */
	boolean order(ControlMessage.Order order) {
		try {
			this.connection.write(order);
			return true;
		}
		catch (IOException ex) {
			logger.debug("Worker {} has gone and cannot be told {}", this.hello.name(), order, ex);
			return false;
		}
	}

	/**
	 * Tell the worker which listeners to keep.
	 * @param listeners the listeners; stay the caller's
	 */
	void keep(long revision, List<Descriptor> listeners) {
		try {
			this.connection.write(new ControlMessage.Keep(revision, listeners.size()), listeners);
		}
		catch (IOException ex) {
			// It gets them when it comes back
			logger.debug("Worker {} cannot be told which listeners to keep", this.hello.name(), ex);
			this.connection.close();
		}
	}

	/**
	 * Return whether the worker has answered what it was told to keep.
	 */
	boolean hasKept(long revision) {
		return this.revision == revision;
	}

	private void heard(@Nullable WorkerFigures figures) throws ControlProtocolException {
		this.figures = check(figures);
		this.heardNanos = System.nanoTime();
	}

	private static WorkerFigures check(@Nullable WorkerFigures figures) throws ControlProtocolException {
		if (figures == null || figures.state() == null || figures.ended() == null || figures.waited() == null
				|| figures.rejected() == null) {
			throw new ControlProtocolException("sent a report without figures");
		}
		return figures;
	}

	DaemonSnapshot.WorkerSnapshot snapshot() {
		WorkerFigures figures = this.figures;
		boolean responsive = System.nanoTime() - this.heardNanos < this.patience.toNanos();
		return new DaemonSnapshot.WorkerSnapshot(this.id, this.hello.pid(), this.hello.name(),
				(responsive) ? figures.state() : WorkerState.UNRESPONSIVE, this.hello.queues(), this.since, figures,
				this.hello.membership(), this.listeners);
	}

}
