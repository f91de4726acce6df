package io.fdwork.internal.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.PeerCredentials;
import io.fdwork.descriptor.UnixStream;
import io.fdwork.descriptor.UnixStreamListener;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.wire.ControlAddress;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.ControlProtocolException;
import io.fdwork.worker.WorkerState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers workers over the control socket and knows those that are connected. One
 * thread accepts; each connection has a thread of its own, so that a peer that sends
 * nothing, or never ends, holds up nobody else.
 */
final class ControlServer implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(ControlServer.class);

	private static final int BACKLOG = 64;

	/**
	 * After how many report intervals without a report a worker is unresponsive.
	 */
	private static final int MISSED_REPORTS = 3;

	private static final Duration KEPT_CHECK_INTERVAL = Duration.ofMillis(5);

	private static final int MAX_NAME_LENGTH = 100;

	/**
	 * How often the control thread looks whether its socket can still be found.
	 */
	private static final Duration TEND_INTERVAL = Duration.ofSeconds(1);

	private static final Set<PosixFilePermission> EVERYBODY = PosixFilePermissions.fromString("rw-rw-rw-");

	private final DaemonDirectory directory;

	private final KernelQueues queues;

	private final Listeners listeners;

	private final IdleConnections idle;

	private final DaemonOptions options;

	private final WorkerObserver observer;

	private final long uid = ControlAddress.uid();

	private final Object socketLock = new Object();

	private volatile UnixStreamListener socket;

	// What the file of the socket is known by, and what was wrong last: of the control thread
	private @Nullable Object socketKey;

	private @Nullable String problem;

	private final Set<ControlConnection> connections = ConcurrentHashMap.newKeySet();

	private final ConcurrentSkipListMap<Long, WorkerSession> sessions = new ConcurrentSkipListMap<>();

	private final AtomicLong lastId = new AtomicLong();

	private final Map<PeerRejection, LongAdder> rejections = new EnumMap<>(PeerRejection.class);

	private volatile List<ControlMessage.Order> standing = List.of();

	// Of what workers should keep; guarded by the sessions
	private long revision;

	private volatile @Nullable Thread thread;

	private volatile boolean recalled;

	private volatile boolean closed;

	ControlServer(DaemonDirectory directory, KernelQueues queues, Listeners listeners, IdleConnections idle,
			DaemonOptions options, WorkerObserver observer) throws IOException {
		this.directory = directory;
		this.queues = queues;
		this.listeners = listeners;
		this.idle = idle;
		this.options = options;
		this.observer = observer;
		for (PeerRejection rejection : PeerRejection.values()) {
			this.rejections.put(rejection, new LongAdder());
		}
		this.socket = bind();
	}

	private UnixStreamListener bind() throws IOException {
		// Whatever is there is stale: the directory is locked by this process
		UnixStreamListener socket = UnixStreamListener.bind(this.directory.controlSocket(), BACKLOG);
		try {
			socket.setTimeout(TEND_INTERVAL);
			if (this.directory.isShared()) {
				Files.setPosixFilePermissions(this.directory.controlSocket(), EVERYBODY);
			}
			this.socketKey = DaemonDirectory.fileKey(this.directory.controlSocket());
			return socket;
		}
		catch (IOException ex) {
			socket.close();
			throw ex;
		}
	}

	void start() {
		// Not a daemon thread: keeps the JVM alive when no web server does
		Thread thread = new Thread(this::acceptLoop, "fdwork-control");
		this.thread = thread;
		thread.start();
	}

	boolean isAlive() {
		Thread thread = this.thread;
		return thread != null && thread.isAlive();
	}

	private void acceptLoop() {
		long tendedNanos = System.nanoTime();
		while (!this.closed) {
			try {
				UnixStream stream = this.socket.accept();
				if (stream != null) {
					accept(new ControlConnection(stream));
				}
			}
			catch (IOException | OutOfMemoryError ex) {
				// No descriptor or no thread is left: who connects waits in the backlog
				tell("Cannot accept control connections", ex);
				restAfterFailure();
			}
			if (System.nanoTime() - tendedNanos >= TEND_INTERVAL.toNanos()) {
				tend();
				tendedNanos = System.nanoTime();
			}
		}
	}

	private static void restAfterFailure() {
		LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
	}

	/**
	 * Put the control socket back if somebody has deleted it or its directory.
	 */
	private void tend() {
		try {
			synchronized (this.socketLock) {
				if (!this.closed) {
					restoreSocket();
				}
			}
			this.problem = null;
		}
		catch (IOException | RuntimeException ex) {
			tell("Workers that are registered go on, but no worker can register in " + this.directory.path(), ex);
		}
	}

	private void restoreSocket() throws IOException {
		Path path = this.directory.controlSocket();
		boolean restored = this.directory.restore();
		Object key = DaemonDirectory.fileKey(path);
		if (restored || key == null || !key.equals(this.socketKey)) {
			// First, as it deletes its file
			this.socket.close();
			this.socket = bind();
			logger.warn("{} was missing, created it again. Workers that were registered are still", path);
		}
	}

	private void tell(String what, Throwable ex) {
		String problem = what + ": " + ex;
		if (!this.closed && !problem.equals(this.problem)) {
			this.problem = problem;
			logger.error("{}. Trying again; logged once", problem);
		}
	}

	/**
	 * Write orders to a worker, on a thread that ends with them: they are rare, and a worker
	 * may not read them.
	 */
	private static void write(Runnable task) {
		Thread thread = new Thread(task, "fdwork-control-orders");
		thread.setDaemon(true);
		thread.start();
	}

	private void accept(ControlConnection connection) {
		if (this.connections.size() >= this.options.getMaxWorkers()) {
			connection.close();
			reject(PeerRejection.TOO_MANY, "There are " + this.options.getMaxWorkers()
					+ " control connections already. Raise fdwork.daemon.max-workers");
			return;
		}
		this.connections.add(connection);
		if (this.closed) {
			connection.close();
			this.connections.remove(connection);
			return;
		}
		Thread thread = new Thread(() -> serve(connection), "fdwork-control-" + this.lastId.incrementAndGet());
		thread.setDaemon(true);
		try {
			thread.start();
		}
		catch (OutOfMemoryError ex) {
			connection.close();
			this.connections.remove(connection);
			throw ex;
		}
	}

	private void serve(ControlConnection connection) {
		String peer = "A peer";
		try (connection) {
			PeerCredentials credentials = connection.peer();
			peer = "The peer with pid " + credentials.pid() + " and uid " + credentials.uid();
			if (!isAllowed(credentials)) {
				reject(PeerRejection.FOREIGN_USER, peer + " is not of uid " + this.uid
						+ ", and neither is its user nor its group " + credentials.gid() + " allowed");
				return;
			}
			connection.setTimeout(this.options.getHandshakeTimeout());
			WorkerSession session = register(connection, peer, credentials.pid());
			if (session != null) {
				follow(session, peer);
			}
		}
		catch (ControlProtocolException ex) {
			reject(PeerRejection.PROTOCOL, peer + " " + ex.getMessage());
		}
		catch (IOException ex) {
			logger.debug("{} left before it registered", peer, ex);
		}
		catch (RuntimeException ex) {
			logger.error("The control connection of {} failed", peer, ex);
		}
		finally {
			this.connections.remove(connection);
		}
	}

	private boolean isAllowed(PeerCredentials credentials) {
		return credentials.uid() == this.uid || this.options.getAllowedUids().contains(credentials.uid())
				|| this.options.getAllowedGids().contains(credentials.gid());
	}

	private @Nullable WorkerSession register(ControlConnection connection, String peer, long pid) throws IOException {
		connection.allowDescriptors(ControlMessage.MAX_LISTENERS);
		ControlMessage message = readBefore(connection, System.nanoTime() + this.options.getHandshakeTimeout().toNanos());
		if (message == null) {
			reject(PeerRejection.SILENT, peer + " did not say hello within " + this.options.getHandshakeTimeout());
			return null;
		}
		if (!(message instanceof ControlMessage.Hello hello) || hello.name() == null || hello.queues() == null
				|| hello.name().length() > MAX_NAME_LENGTH || hello.queues().isEmpty()
				|| hello.queues().size() > KernelQueues.MAX_QUEUES) {
			throw new ControlProtocolException("did not begin with a proper hello");
		}
		takeListeners(connection, hello, peer, pid);
		List<KernelQueue> granted = new ArrayList<>();
		for (String name : hello.queues()) {
			KernelQueue queue = this.queues.find(name);
			if (queue == null) {
				String reason = "There is no queue '" + name + "', only " + this.queues.names();
				connection.write(new ControlMessage.Refusal(reason));
				reject(PeerRejection.UNKNOWN_QUEUE, peer + " was refused: " + reason);
				return null;
			}
			granted.add(queue);
		}
		welcome(connection, granted);
		message = readBefore(connection, System.nanoTime() + this.options.getHandshakeTimeout().toNanos());
		if (!(message instanceof ControlMessage.Report report)) {
			throw new ControlProtocolException("did not report after its welcome");
		}
		return new WorkerSession(this.lastId.incrementAndGet(), connection, hello, report,
				this.options.getReportInterval().multipliedBy(MISSED_REPORTS), ControlServer::write);
	}

	private void takeListeners(ControlConnection connection, ControlMessage.Hello hello, String peer, long pid)
			throws ControlProtocolException {
		List<Descriptor> listeners = connection.takeDescriptors();
		try {
			if (listeners.size() != hello.listeners()) {
				throw new ControlProtocolException("said that it keeps " + hello.listeners() + " listeners, and sent "
						+ listeners.size() + " descriptors");
			}
			for (Descriptor listener : listeners) {
				takeBack(listener, peer, pid);
			}
		}
		finally {
			listeners.forEach(Descriptor::close);
			// Nothing comes with descriptors before the worker is registered
			connection.allowDescriptors(0);
		}
	}

	private void takeBack(Descriptor listener, String peer, long pid) {
		try {
			this.listeners.takeBack(listener, pid);
		}
		catch (IOException ex) {
			reject(PeerRejection.NO_LISTENER, peer + " gave back what is no listener: " + ex.getMessage());
		}
	}

	private static @Nullable ControlMessage readBefore(ControlConnection connection, long deadlineNanos)
			throws IOException {
		connection.setTimeout(Duration.ofMillis(100));
		ControlMessage message = null;
		while (message == null && System.nanoTime() < deadlineNanos) {
			message = connection.read();
		}
		return message;
	}

	private void welcome(ControlConnection connection, List<KernelQueue> queues) throws IOException {
		List<ControlMessage.Grant> grants = new ArrayList<>();
		List<Descriptor> descriptors = new ArrayList<>();
		try {
			for (KernelQueue queue : queues) {
				grants.add(new ControlMessage.Grant(queue.name(), queue.instance()));
				descriptors.addAll(queue.duplicateForWorker());
			}
			connection.setTimeout(this.options.getHandshakeTimeout());
			connection.write(new ControlMessage.Welcome(ProcessHandle.current().pid(), grants,
					this.options.getReportInterval().toMillis(), this.standing), descriptors);
		}
		finally {
			descriptors.forEach(Descriptor::close);
		}
	}

	private void follow(WorkerSession session, String peer) throws ControlProtocolException {
		long id = session.snapshot().id();
		String reason = "it broke the protocol";
		try {
			synchronized (this.sessions) {
				this.sessions.put(id, session);
				// What was ordered since the welcome: orders are idempotent
				this.standing.forEach(session::order);
				keep(List.of(session));
			}
			this.observer.joined(session.snapshot());
			reason = session.follow(() -> this.observer.changed(session.snapshot()),
					(queue, connection) -> takeBack(queue, connection, peer));
		}
		finally {
			this.sessions.remove(id);
			this.observer.left(session.snapshot(), reason);
			if (session.isNotReading()) {
				reject(PeerRejection.NOT_READING, "The worker with pid " + session.snapshot().pid()
						+ " did not read what it was told; its connection was ended");
			}
		}
	}

	private void takeBack(String queue, Descriptor connection, String peer) {
		try {
			this.idle.takeBack(queue, connection);
		}
		catch (IOException ex) {
			reject(PeerRejection.NO_CONNECTION, peer + " gave back what is no connection: " + ex.getMessage());
		}
	}

	private void reject(PeerRejection cause, String message) {
		LongAdder count = this.rejections.get(cause);
		count.increment();
		if (count.sum() == 1) {
			logger.warn("{}. Logged once; see the meter fdwork.control.rejected", message);
		}
		else {
			logger.debug("{}", message);
		}
	}

	/**
	 * Set what each worker must do, those that are there and those that come.
	 * @param orders the orders, in the order in which a worker gets them
	 */
	void order(List<ControlMessage.Order> orders) {
		synchronized (this.sessions) {
			this.standing = List.copyOf(orders);
			orders.forEach((order) -> this.sessions.values().forEach((session) -> session.order(order)));
		}
	}

	/**
	 * Tell one worker what to do.
	 * @param id the worker
	 * @return whether it could be told
	 */
	boolean order(long id, ControlMessage.Order order) {
		WorkerSession session = this.sessions.get(id);
		return session != null && session.order(order);
	}

	/**
	 * Let the workers keep the listeners as they are now, those that are there and those
	 * that come.
	 */
	void keep() {
		synchronized (this.sessions) {
			this.revision++;
			keep(this.sessions.values());
		}
	}

	private void keep(Collection<WorkerSession> sessions) {
		List<Descriptor> listeners = List.of();
		try {
			listeners = (this.recalled) ? List.of() : this.listeners.duplicates();
			for (WorkerSession session : sessions) {
				session.keep(this.revision, listeners);
			}
		}
		catch (IOException ex) {
			logger.error("The workers cannot keep the listeners: if this daemon is killed, its ports are closed", ex);
		}
		finally {
			listeners.forEach(Descriptor::close);
		}
	}

	/**
	 * Let the workers keep nothing any more, those that are there and those that come.
	 */
	void recall() {
		this.recalled = true;
		keep();
	}

	/**
	 * Wait until all workers have done what they were told last about keeping.
	 * @return the names of those that have not
	 */
	List<String> awaitKept(long deadlineNanos) {
		while (true) {
			List<String> missing;
			synchronized (this.sessions) {
				missing = this.sessions.values()
					.stream()
					.filter((session) -> !session.hasKept(this.revision))
					.map((session) -> session.snapshot().name())
					.toList();
			}
			if (missing.isEmpty() || System.nanoTime() - deadlineNanos >= 0) {
				return missing;
			}
			LockSupport.parkNanos(KEPT_CHECK_INTERVAL.toNanos());
		}
	}

	/**
	 * Return whether a worker keeps all listeners, and will when the daemon has gone: one that
	 * drains lets go of them at its end.
	 */
	boolean isKept() {
		synchronized (this.sessions) {
			return this.sessions.values()
				.stream()
				.filter((session) -> session.hasKept(this.revision))
				.map(WorkerSession::snapshot)
				.anyMatch((worker) -> worker.listeners() == this.listeners.all().size()
						&& worker.state() != WorkerState.DRAINING && worker.state() != WorkerState.STOPPED);
		}
	}

	List<DaemonSnapshot.WorkerSnapshot> workers() {
		return this.sessions.values().stream().map(WorkerSession::snapshot).toList();
	}

	Map<PeerRejection, Long> rejections() {
		Map<PeerRejection, Long> rejections = new EnumMap<>(PeerRejection.class);
		this.rejections.forEach((cause, count) -> rejections.put(cause, count.sum()));
		return rejections;
	}

	/**
	 * Take what the workers have sent, and nothing that they send from now on: they keep what
	 * they cannot give back.
	 * @param deadlineNanos until when to wait for that
	 */
	void finish(long deadlineNanos) {
		closeSocket();
		this.connections.forEach(ControlConnection::endReading);
		while (!this.connections.isEmpty() && System.nanoTime() - deadlineNanos < 0) {
			LockSupport.parkNanos(KEPT_CHECK_INTERVAL.toNanos());
		}
	}

	private void closeSocket() {
		synchronized (this.socketLock) {
			this.closed = true;
			this.socket.close();
		}
	}

	@Override
	public void close() {
		closeSocket();
		this.connections.forEach(ControlConnection::close);
	}

}
