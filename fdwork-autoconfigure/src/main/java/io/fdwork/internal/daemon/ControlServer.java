package io.fdwork.internal.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.DescriptorsExhaustedException;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.recovery.Recovery;
import io.fdwork.internal.recovery.RecoverySnapshot;
import io.fdwork.internal.wire.ControlAddress;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.ControlProtocolException;
import io.fdwork.internal.wire.Feature;
import io.fdwork.internal.wire.Place;
import io.fdwork.internal.wire.Returned;
import io.fdwork.internal.wire.TableGrant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The door of the daemon: lets in those of the control socket who may come in, and
 * follows each until it leaves. Each connection has a thread of its own, so that a peer
 * that sends nothing, or never ends, holds up nobody else.
 */
final class ControlServer implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(ControlServer.class);

	/**
	 * How long to wait for workers that do not read, and for those that do not leave when
	 * they have read that the daemon stops.
	 */
	private static final Duration DISMISS_TIMEOUT = Duration.ofMillis(500);

	/**
	 * How often to look whether processes are gone whose connections have ended.
	 */
	private static final Duration GONE_CHECK_INTERVAL = Duration.ofSeconds(1);

	private final ControlSocket socket;

	private final Handshake handshake;

	private final WorkerRegistry workers;

	private final PeerRejections rejections = new PeerRejections();

	private final QueueFeatures features = new QueueFeatures();

	private final RefusedWorkers refused = new RefusedWorkers();

	private final WorkerTotals totals;

	private final Scrapes scrapes;

	private final IdleConnections idle;

	private final HomeRoom room;

	private final DaemonOptions options;

	private final WorkerObserver observer;

	private final KernelQueues queues;

	private final Heartbeat heartbeat;

	private final @Nullable Recovery recovery;

	private final long uid = ControlAddress.uid();

	private final Set<ControlConnection> connections = ConcurrentHashMap.newKeySet();

	// Of the thread that accepts
	private long lastThread;

	ControlServer(DaemonDirectory directory, KernelQueues queues, Listeners listeners, IdleConnections idle,
			DaemonOptions options, WorkerObserver observer, Heartbeat heartbeat) throws IOException {
		this.socket = new ControlSocket(directory);
		this.recovery = RecoveryFactory.open(options, directory, queues, idle);
		this.workers = new WorkerRegistry(listeners);
		this.scrapes = new Scrapes(this.workers::sessions);
		this.handshake = new Handshake(queues, listeners, this.workers, options, this.rejections, this.refused,
				this.features, heartbeat, this.recovery);
		this.totals = new WorkerTotals(queues.names(), options.getMaxWorkers());
		this.idle = idle;
		this.room = new HomeRoom(idle::shed);
		this.options = options;
		this.observer = observer;
		this.queues = queues;
		this.heartbeat = heartbeat;
	}

	void start() {
		if (this.recovery != null) {
			this.recovery.start();
			this.features.useTable(this.queues.all(), this.recovery::drop);
			this.heartbeat.watch().repeat(GONE_CHECK_INTERVAL, this.features::look);
		}
		this.socket.start(this::accept);
	}

	boolean isAlive() {
		return this.socket.isAlive();
	}

	/**
	 * Return the workers that are registered.
	 */
	WorkerRegistry workers() {
		return this.workers;
	}

	/**
	 * Return who may not register.
	 */
	RefusedWorkers refused() {
		return this.refused;
	}

	/**
	 * Return what was refused.
	 */
	PeerRejections rejections() {
		return this.rejections;
	}

	/**
	 * Return what it holds of the connections in service.
	 */
	RecoverySnapshot recovery() {
		return (this.recovery != null) ? this.recovery.snapshot() : RecoverySnapshot.NONE;
	}

	/**
	 * Return what asks the workers for the meters of their applications.
	 */
	Scrapes scrapes() {
		return this.scrapes;
	}

	/**
	 * Return what all workers have done.
	 */
	WorkerTotals totals() {
		return this.totals;
	}

	private void accept(ControlConnection connection) {
		if (this.connections.size() >= this.options.getMaxWorkers()) {
			connection.close();
			this.rejections.add(PeerRejection.TOO_MANY, "There are " + this.options.getMaxWorkers()
					+ " control connections already. Raise fdwork.daemon.max-workers");
			return;
		}
		this.connections.add(connection);
		if (this.socket.isClosed()) {
			connection.close();
			this.connections.remove(connection);
			return;
		}
		Thread thread = new Thread(() -> serve(connection), "fdwork-control-" + ++this.lastThread);
		thread.setDaemon(true);
		try {
			thread.start();
		}
		catch (RuntimeException | Error ex) {
			connection.close();
			this.connections.remove(connection);
			throw ex;
		}
	}

	private void serve(ControlConnection connection) {
		String name = "A peer";
		Peer peer = null;
		WorkerLife life = null;
		try (connection) {
			peer = Peer.of(connection.peer());
			name = peer.toString();
			if (!isAllowed(peer)) {
				this.rejections.add(PeerRejection.FOREIGN_USER, peer + " is not of uid " + this.uid
						+ ", and neither is its user nor its group " + peer.gid() + " allowed");
				return;
			}
			Handshake.Registered registered = this.handshake.perform(connection, peer);
			if (registered != null) {
				life = registered.session().life();
				follow(registered.session(), registered.table(), name);
			}
		}
		catch (ControlProtocolException ex) {
			this.rejections.add(PeerRejection.PROTOCOL, name + " " + ex.getMessage());
		}
		catch (DescriptorsExhaustedException ex) {
			this.rejections.add(PeerRejection.EXHAUSTED, name + " was lost: " + ex.getMessage());
		}
		catch (IOException ex) {
			logger.debug("{} left before it registered", name, ex);
		}
		catch (RuntimeException | Error ex) {
			logger.error("The control connection of {} failed", name, ex);
		}
		finally {
			this.connections.remove(connection);
			this.features.leave(connection, (peer != null) ? peer.process() : null, life);
			this.workers.changed();
		}
	}

	private boolean isAllowed(Peer peer) {
		return peer.uid() == this.uid || this.options.getAllowedUids().contains(peer.uid())
				|| this.options.getAllowedGids().contains(peer.gid());
	}

	private void follow(WorkerSession session, @Nullable TableGrant table, String peer)
			throws ControlProtocolException, DescriptorsExhaustedException {
		String reason = "it broke the protocol";
		try (HomeRoom.Share share = this.room
			.open((returns) -> session.tell(Feature.ROOM, new ControlMessage.Room(returns)))) {
			this.workers.add(session);
			this.observer.joined(session.snapshot());
			reason = session.follow(() -> changed(session),
					new Home(session, share, peer, (table != null) ? table.worker() : 0),
					() -> this.observer.toldToEnd(new LeavingSession(session, this.workers)));
		}
		finally {
			if (table != null && this.recovery != null) {
				this.recovery.left(table.worker());
			}
			this.totals.count(session.snapshot());
			this.workers.remove(session);
			this.scrapes.left(session);
			this.observer.left(session.snapshot(), reason);
			if (session.isNotReading()) {
				this.rejections.add(PeerRejection.NOT_READING, "The worker with pid " + session.snapshot().pid()
						+ " did not read what it was told; its connection was ended");
			}
		}
	}

	private void changed(WorkerSession session) {
		this.workers.nominate();
		this.observer.changed(session.snapshot());
	}

	/**
	 * Take what the workers have sent, and nothing that they send from now on: they keep
	 * what they cannot give back.
	 * @param deadlineNanos until when to wait for that
	 */
	void finish(long deadlineNanos) {
		this.features.keep();
		this.socket.close();
		dismiss(deadlineNanos);
		this.connections.forEach(ControlConnection::endReading);
		this.workers.await(this.connections::isEmpty, deadlineNanos);
	}

	@Override
	public void close() {
		this.socket.close();
		dismiss(System.nanoTime() + 2 * DISMISS_TIMEOUT.toNanos());
		this.connections.forEach(ControlConnection::close);
		if (this.recovery != null) {
			this.recovery.close();
		}
	}

	/**
	 * Tell the workers that the daemon stops, and let them leave by themselves: one whose
	 * connection ends while it writes does not read any more why.
	 */
	private void dismiss(long deadlineNanos) {
		this.workers.dismiss(soon(deadlineNanos));
		this.workers.await(this.connections::isEmpty, soon(deadlineNanos));
	}

	private static long soon(long deadlineNanos) {
		return Math.min(deadlineNanos, System.nanoTime() + DISMISS_TIMEOUT.toNanos());
	}

	/**
	 * Where the idle connections of one worker come home, and what it has done is
	 * counted.
	 */
	private final class Home implements WorkerHome {

		private final WorkerSession session;

		private final HomeRoom.Share share;

		private final String peer;

		private final int worker;

		// Of the connections of one message
		private final List<Long> sockets = new ArrayList<>();

		private final List<Place> places = new ArrayList<>();

		Home(WorkerSession session, HomeRoom.Share share, String peer, int worker) {
			this.session = session;
			this.share = share;
			this.peer = peer;
			this.worker = worker;
		}

		@Override
		public void takeBack(String queue, Descriptor connection, @Nullable Returned returned) {
			try {
				long socket = (isPlaced(returned)) ? 0 : TcpSockets.identity(connection);
				Place place = ControlServer.this.idle.takeBack(queue, connection, returned, this.worker);
				if (place != null) {
					this.sockets.add(socket);
					this.places.add(place);
				}
			}
			catch (IOException ex) {
				ControlServer.this.rejections.add(PeerRejection.NO_CONNECTION,
						this.peer + " gave back what is no connection: " + ex.getMessage());
			}
		}

		private boolean isPlaced(@Nullable Returned returned) {
			Recovery recovery = ControlServer.this.recovery;
			return this.worker == 0 || recovery == null || (returned != null && recovery.knows(returned.place()));
		}

		@Override
		public void lost(int connections, @Nullable List<Returned> returned) {
			Recovery recovery = ControlServer.this.recovery;
			if (recovery != null && returned != null) {
				returned.stream().map(Returned::place).filter(Objects::nonNull).forEach(recovery::lostOnTheWay);
			}
			ControlServer.this.rejections.add(PeerRejection.EXHAUSTED, this.peer + " gave back " + connections
					+ " connections, for which there were too few descriptors: they are closed. Raise ulimit -n");
			taken(connections);
		}

		@Override
		public void taken(int connections) {
			if (!this.places.isEmpty()) {
				this.session.tell(Feature.TABLE,
						new ControlMessage.Places(List.copyOf(this.sockets), List.copyOf(this.places)));
				this.sockets.clear();
				this.places.clear();
			}
			ControlServer.this.room.relieve();
			this.share.returned(connections);
		}

		@Override
		public void wanted(int connections) {
			this.share.wanted(connections);
		}

		@Override
		public void exposed(ControlMessage.Exposition exposition) throws ControlProtocolException {
			ControlServer.this.scrapes.received(this.session, exposition);
		}

		@Override
		public void heard() {
			this.share.refill();
			ControlServer.this.totals.count(this.session.snapshot());
		}

	}

}
