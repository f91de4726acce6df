package io.fdwork.daemon;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;

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
 * writer of that. What it is told waits in a queue of its own, so that a worker that does
 * not read holds up nobody.
 */
final class WorkerSession {

	private static final Logger logger = LoggerFactory.getLogger(WorkerSession.class);

	/**
	 * How many orders may wait. The buffer of the connection takes some hundred more before
	 * any has to.
	 */
	static final int MAX_WAITING_ORDERS = 64;

	private final long id;

	private final ControlConnection connection;

	private final ControlMessage.Hello hello;

	private final Instant since = Instant.now();

	private final Duration patience;

	private final Executor writers;

	private final Queue<ControlMessage.Order> waitingOrders = new ArrayDeque<>();

	// Of the orders: whether a writer is at work. Guarded by the queue
	private boolean writing;

	private volatile boolean notReading;

	private volatile WorkerFigures figures;

	private volatile long heardNanos = System.nanoTime();

	/**
	 * Create a session.
	 * @param patience after how long without a report the worker is unresponsive
	 * @param writers where orders are written, which may wait for the worker
	 */
	WorkerSession(long id, ControlConnection connection, ControlMessage.Hello hello, WorkerFigures figures,
			Duration patience, Executor writers) throws ControlProtocolException {
		this.id = id;
		this.connection = connection;
		this.hello = hello;
		this.figures = check(figures);
		this.patience = patience;
		this.writers = writers;
	}

	/**
	 * Follow the worker until it leaves.
	 * @param changed is told when it is in another state, also when that is because it
	 * says nothing
	 * @return why it left, for people
	 */
	String follow(Runnable changed) throws ControlProtocolException {
		WorkerState told = this.figures.state();
		try {
			while (true) {
				ControlMessage message = this.connection.read();
				if (message instanceof ControlMessage.Report report) {
					heard(report.figures());
				}
				else if (message instanceof ControlMessage.Bye bye) {
					heard(bye.figures());
					return "bye: " + bye.reason();
				}
				else if (message != null) {
					throw new ControlProtocolException(
							"sent a " + message.getClass().getSimpleName() + " instead of a report");
				}
				WorkerState now = snapshot().state();
				if (now != told) {
					told = now;
					changed.run();
				}
			}
		}
		catch (ControlProtocolException ex) {
			throw ex;
		}
		catch (EOFException ex) {
			return (this.notReading) ? "it did not read what it was told" : "its connection ended without a bye";
		}
		catch (IOException ex) {
			return (this.notReading) ? "it did not read what it was told" : "its connection failed: " + ex.getMessage();
		}
	}

	/**
	 * Tell the worker what to do, without waiting for it. One that does not read loses its
	 * connection when too many orders wait for it, or one for too long.
	 * @return whether it is there to be told
	 */
	boolean order(ControlMessage.Order order) {
		synchronized (this.waitingOrders) {
			if (this.notReading) {
				return false;
			}
			if (this.waitingOrders.size() == MAX_WAITING_ORDERS) {
				drop();
				return false;
			}
			this.waitingOrders.add(order);
			if (!this.writing) {
				this.writing = true;
				this.writers.execute(this::writeOrders);
			}
			return true;
		}
	}

	private void writeOrders() {
		ControlMessage.Order order = nextOrder();
		while (order != null) {
			try {
				this.connection.write(order);
			}
			catch (SocketTimeoutException ex) {
				logger.debug("Worker {} does not read {}", this.hello.name(), order, ex);
				drop();
			}
			catch (IOException ex) {
				logger.debug("Worker {} has gone and cannot be told {}", this.hello.name(), order, ex);
			}
			order = nextOrder();
		}
	}

	private ControlMessage.@Nullable Order nextOrder() {
		synchronized (this.waitingOrders) {
			ControlMessage.Order next = this.waitingOrders.poll();
			this.writing = next != null;
			return next;
		}
	}

	/**
	 * End the connection: a part of a message may be in it, which nothing can follow.
	 */
	private void drop() {
		synchronized (this.waitingOrders) {
			this.notReading = true;
			this.waitingOrders.clear();
		}
		this.connection.close();
	}

	/**
	 * Return whether the connection was ended because the worker did not read.
	 */
	boolean isNotReading() {
		return this.notReading;
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
				this.hello.membership());
	}

}
