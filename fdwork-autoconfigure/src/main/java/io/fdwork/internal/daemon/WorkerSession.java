package io.fdwork.internal.daemon;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.DescriptorsExhaustedException;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.ControlProtocolException;
import io.fdwork.internal.wire.Feature;
import io.fdwork.internal.wire.ManagementAddress;
import io.fdwork.internal.wire.Returned;
import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.worker.WorkerState;
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
	 * How many messages may wait. The buffer of the connection takes some hundred more
	 * before any has to.
	 */
	private static final int MAX_WAITING = 64;

	private final long id;

	private final Peer peer;

	private final ControlConnection connection;

	private final ControlMessage.Hello hello;

	private final @Nullable WorkerLife life;

	private final Instant since = Instant.now();

	private final Duration patience;

	private final Runnable noted;

	private final Queue<Outbound> waiting = new ArrayDeque<>();

	// Whether a writer is at work. Guarded by the queue
	private boolean writing;

	private volatile boolean notReading;

	private volatile boolean dismissed;

	private volatile ControlMessage.Report report;

	private volatile long heardNanos = System.nanoTime();

	private volatile int listeners;

	private volatile long revision = -1;

	private volatile boolean leaving;

	private volatile boolean answering;

	/**
	 * Create a session.
	 * @param peer who it is, as the kernel says
	 * @param patience after how long without a report the worker is unresponsive
	 * @param noted is told of whatever has changed; takes locks of its own
	 * @param life whether its process lives, {@code null} if that cannot be told
	 */
	WorkerSession(long id, Peer peer, ControlConnection connection, ControlMessage.Hello hello,
			ControlMessage.Report report, Duration patience, Runnable noted, @Nullable WorkerLife life)
			throws ControlProtocolException {
		this.id = id;
		this.peer = peer;
		this.connection = connection;
		this.hello = hello;
		this.listeners = hello.listeners();
		this.report = check(report);
		this.patience = patience;
		this.noted = noted;
		this.life = life;
	}

	long id() {
		return this.id;
	}

	@Nullable WorkerLife life() {
		return this.life;
	}

	/**
	 * Follow the worker until it leaves.
	 * @param changed is told when it is in another state, also by saying nothing
	 * @param home takes the connections that it gives back
	 * @param leaving is told when it asks whether it may end
	 * @return why it left, for people
	 */
	String follow(Runnable changed, WorkerHome home, Runnable leaving)
			throws ControlProtocolException, DescriptorsExhaustedException {
		this.connection.allowDescriptors(ControlMessage.MAX_RETURNS);
		WorkerState told = this.report.figures().state();
		try {
			// A worker that reports as it should wakes this thread by that alone
			this.connection.setReadTimeout(this.patience);
			while (true) {
				home.heard();
				ControlMessage message = this.connection.read();
				if (message != null) {
					takeReturns(message, home);
				}
				if (message instanceof ControlMessage.Report report) {
					heard(report);
				}
				else if (message instanceof ControlMessage.Kept kept) {
					this.listeners = kept.listeners();
					this.revision = kept.revision();
				}
				else if (message instanceof ControlMessage.Want want) {
					home.wanted(want.connections());
				}
				else if (message instanceof ControlMessage.Exposition exposition) {
					home.exposed(exposition);
				}
				else if (message instanceof ControlMessage.Leave) {
					leave(leaving);
				}
				else if (message instanceof ControlMessage.Bye bye) {
					heard(new ControlMessage.Report(bye.figures(), null));
					return "bye: " + bye.reason();
				}
				else if (message != null && !(message instanceof ControlMessage.Return)) {
					throw new ControlProtocolException(
							"sent a " + message.getClass().getSimpleName() + " instead of a report");
				}
				this.noted.run();
				WorkerState now = snapshot().state();
				if (now != told) {
					told = now;
					changed.run();
				}
			}
		}
		catch (ControlProtocolException | DescriptorsExhaustedException ex) {
			throw ex;
		}
		catch (IOException ex) {
			return (this.notReading) ? "it did not read what it was told"
					: (this.dismissed) ? WorkerObserver.DAEMON_STOPPED : WorkerLife.describe(this.life, ex);
		}
	}

	private void leave(Runnable leaving) {
		this.leaving = true;
		// Each answer may cost a thread
		if (!this.answering) {
			this.answering = true;
			leaving.run();
		}
	}

	/**
	 * Answer the worker that has asked whether it may end.
	 */
	void answer(ControlMessage answer) {
		this.answering = false;
		send(new Outbound(answer, List.of()));
	}

	/**
	 * Return whether it was told to end, and does so when it is let.
	 */
	boolean isLeaving() {
		return this.leaving;
	}

	private void takeReturns(ControlMessage message, WorkerHome home) throws ControlProtocolException {
		List<Descriptor> connections = this.connection.takeDescriptors();
		boolean discarded = this.connection.takeDiscarded();
		try {
			List<String> queues = (message instanceof ControlMessage.Return given) ? given.queues() : List.of();
			if (discarded && connections.isEmpty() && queues != null && !queues.isEmpty()) {
				home.lost(queues.size(), known(message, queues.size()));
				return;
			}
			if (queues == null || queues.size() != connections.size() || !this.hello.queues().containsAll(queues)) {
				throw new ControlProtocolException("sent a " + message.getClass().getSimpleName() + " of " + queues
						+ " with " + connections.size() + " descriptors");
			}
			List<Returned> known = known(message, connections.size());
			for (int i = 0; i < queues.size(); i++) {
				home.takeBack(queues.get(i), connections.get(i), (known != null) ? known.get(i) : null);
			}
			if (!queues.isEmpty()) {
				home.taken(queues.size());
			}
		}
		finally {
			connections.forEach(Descriptor::close);
		}
	}

	private static @Nullable List<Returned> known(ControlMessage message, int connections)
			throws ControlProtocolException {
		List<Returned> known = (message instanceof ControlMessage.Return given) ? given.connections() : null;
		if (known != null && (known.size() != connections || known.contains(null))) {
			throw new ControlProtocolException(
					"told of " + known.size() + " connections and sent " + connections + " descriptors");
		}
		return known;
	}

	/**
	 * Tell the worker what to do, without waiting for it. One that does not read loses
	 * its connection when too many messages wait for it, or one for too long.
	 * @return whether it is there to be told
	 */
	boolean order(ControlMessage.Order order) {
		return send(new Outbound(order, List.of()));
	}

	/**
	 * Tell the worker something, without waiting for it, if it understands that.
	 */
	void tell(Feature feature, ControlMessage message) {
		if (understands(feature)) {
			send(new Outbound(message, List.of()));
		}
	}

	boolean understands(Feature feature) {
		return Feature.named(this.hello.features()).contains(feature);
	}

	/**
	 * Tell the worker which listeners to keep, without waiting for it.
	 * @param kept the listeners; stay the caller's
	 */
	void keep(long revision, KeptListeners kept) {
		try {
			List<Descriptor> duplicates = kept.duplicates();
			send(new Outbound(new ControlMessage.Keep(revision, duplicates.size(),
					(understands(Feature.ACCEPT) && !duplicates.isEmpty()) ? kept.terms() : null), duplicates));
		}
		catch (IOException ex) {
			// It gets them when it comes back
			logger.debug("Worker {} cannot be told which listeners to keep", this.hello.name(), ex);
			this.connection.close();
		}
	}

	/**
	 * Tell the worker that the daemon stops, without waiting for it.
	 */
	void dismiss() {
		this.dismissed = true;
		send(new Outbound(new ControlMessage.Refusal("The daemon stops"), List.of()));
	}

	/**
	 * Return whether something waits to be written.
	 */
	boolean isWriting() {
		synchronized (this.waiting) {
			return this.writing;
		}
	}

	private boolean send(Outbound message) {
		synchronized (this.waiting) {
			if (this.notReading || this.waiting.size() == MAX_WAITING) {
				message.close();
				drop();
				return false;
			}
			this.waiting.add(message);
			if (!this.writing) {
				try {
					startWriter();
				}
				catch (RuntimeException | Error ex) {
					// It is told when it comes back
					logger.warn("No thread is left to tell worker {} anything; its connection was ended",
							this.hello.name(), ex);
					drop();
					return false;
				}
				this.writing = true;
			}
			return true;
		}
	}

	/**
	 * Write on a thread that ends with what waits: that is rare, and the worker may not
	 * read it.
	 */
	private void startWriter() {
		Thread thread = new Thread(this::writeWaiting, "fdwork-control-orders");
		thread.setDaemon(true);
		thread.start();
	}

	private void writeWaiting() {
		Outbound next = next();
		while (next != null) {
			try (Outbound message = next) {
				this.connection.write(message.content(), message.descriptors());
			}
			catch (SocketTimeoutException ex) {
				logger.debug("Worker {} does not read", this.hello.name(), ex);
				drop();
			}
			catch (IOException ex) {
				logger.debug("Worker {} has gone and cannot be told", this.hello.name(), ex);
				this.connection.close();
			}
			next = next();
		}
		this.noted.run();
	}

	private @Nullable Outbound next() {
		synchronized (this.waiting) {
			Outbound next = this.waiting.poll();
			this.writing = next != null;
			return next;
		}
	}

	/**
	 * End the connection: a part of a message may be in it, which nothing can follow.
	 */
	private void drop() {
		synchronized (this.waiting) {
			this.notReading = true;
			this.waiting.forEach(Outbound::close);
			this.waiting.clear();
		}
		this.connection.close();
	}

	/**
	 * Return whether the connection was ended because the worker did not read.
	 */
	boolean isNotReading() {
		return this.notReading;
	}

	/**
	 * Return whether the worker has answered what it was told to keep.
	 */
	boolean hasKept(long revision) {
		return this.revision == revision;
	}

	private void heard(ControlMessage.Report report) throws ControlProtocolException {
		this.report = check(report);
		this.heardNanos = System.nanoTime();
	}

	private static ControlMessage.Report check(ControlMessage.Report report) throws ControlProtocolException {
		WorkerFigures figures = report.figures();
		if (figures == null || !figures.hasAll()) {
			throw new ControlProtocolException("sent a report without figures");
		}
		if (report.management() != null && !ManagementAddress.isProper(report.management())) {
			throw new ControlProtocolException("sent an address of its management server that is none");
		}
		return report;
	}

	DaemonSnapshot.WorkerSnapshot snapshot() {
		ControlMessage.Report report = this.report;
		WorkerFigures figures = report.figures();
		boolean responsive = System.nanoTime() - this.heardNanos < this.patience.toNanos();
		return new DaemonSnapshot.WorkerSnapshot(this.id, this.peer.process(), this.peer.pid(), this.hello.name(),
				(responsive) ? figures.state() : WorkerState.UNRESPONSIVE, this.hello.queues(), this.since, figures,
				this.hello.membership(), this.listeners, report.management(), Boolean.TRUE.equals(report.leader()));
	}

}
