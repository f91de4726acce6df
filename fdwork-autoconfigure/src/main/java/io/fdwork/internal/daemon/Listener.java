package io.fdwork.internal.daemon;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;

import io.fdwork.ConnectionHistory;
import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.daemon.ProxyProtocol;
import io.fdwork.descriptor.AcceptHandler;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.ReadinessSet;
import io.fdwork.descriptor.TcpConnection;
import io.fdwork.descriptor.TcpListener;
import io.fdwork.internal.failure.Failures;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.queue.QueueSnapshot;
import io.fdwork.internal.wire.AcceptTerms;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TCP port: makes a work request of each connection and hands it on, on the thread that
 * accepted it. While the queue is full nothing is accepted: what waited in the hands of
 * this process would end with it. Where clients must send something first, their
 * connections wait for it on the same thread.
 */
final class Listener implements AutoCloseable, AcceptHandler {

	private static final Logger logger = LoggerFactory.getLogger(Listener.class);

	private final DaemonOptions.ListenerOptions options;

	private final KernelQueues queues;

	private final KernelQueue queue;

	private final TcpListener socket;

	private final RequestSink requests;

	private final int maxSilent;

	private final @Nullable ProxyGate proxyGate;

	private volatile @Nullable ReadinessSet silent;

	private final LongAdder closed = new LongAdder();

	private final LongAdder accepted = new LongAdder();

	private final Failures failures = new Failures();

	private final LongAdder failed = new LongAdder();

	private volatile boolean accepting;

	// The one that accepts, from its first look for room on
	private volatile @Nullable Thread thread;

	private final @Nullable Long givenBackBy;

	private final boolean ofSystemd;

	private final AcceptWatch watch;

	/**
	 * Create a listener that does not accept yet.
	 * @param socket where it accepts; moved
	 * @param maxSilent how many clients may have sent nothing yet, where that is waited
	 * for
	 * @param givenBackBy the process of the worker that has kept the socket, {@code null}
	 * for one that this daemon has not from a worker
	 * @param ofSystemd whether a socket unit of systemd has the socket too, and goes on
	 * listening when this daemon has ended
	 */
	Listener(DaemonOptions.ListenerOptions options, KernelQueues queues, TcpListener socket, RequestSink requests,
			int maxSilent, @Nullable Long givenBackBy, boolean ofSystemd) {
		this.maxSilent = maxSilent;
		this.options = options;
		this.queues = queues;
		this.queue = Objects.requireNonNull(queues.find(options.queue()));
		this.requests = requests;
		this.socket = socket;
		this.givenBackBy = givenBackBy;
		this.ofSystemd = ofSystemd;
		this.watch = new AcceptWatch(socket::isResponsive, this.accepted::sum, () -> waitedFor() != null,
				System.nanoTime());
		ProxyProtocol proxyProtocol = options.proxyProtocol();
		this.proxyGate = (proxyProtocol != null) ? new ProxyGate(proxyProtocol, options.dataTimeout(), this::put, this)
				: null;
	}

	void start() {
		this.accepting = true;
		String threadName = "fdwork-listener-" + this.socket.address().getPort();
		ProxyProtocol proxyProtocol = this.options.proxyProtocol();
		Duration firstTimeout = (proxyProtocol != null) ? proxyProtocol.timeout() : this.options.dataTimeout();
		if (isByWorkers()) {
			this.socket.leaveToOthers(firstTimeout != null);
		}
		else if (firstTimeout == null) {
			this.socket.start(threadName, this);
		}
		else {
			this.socket.startOnData(threadName, this.maxSilent, firstTimeout, this);
		}
	}

	@Override
	public void waitIn(ReadinessSet silent) {
		this.silent = silent;
		if (this.proxyGate != null) {
			this.proxyGate.waitIn(silent);
		}
	}

	@Override
	public boolean admits(InetSocketAddress remote) {
		return this.proxyGate == null || this.proxyGate.admits(remote);
	}

	@Override
	public boolean awaitRoom(BooleanSupplier goOn) {
		this.thread = Thread.currentThread();
		return this.requests.awaitRoom(this.options.queue(), goOn);
	}

	@Override
	public void accepted() {
		this.accepted.increment();
	}

	@Override
	public void ready(TcpConnection connection) {
		if (this.proxyGate != null) {
			this.proxyGate.take(connection);
		}
		else {
			put(connection);
		}
	}

	private void put(TcpConnection connection) {
		request(connection, null, this.options.queue(), this.requests);
	}

	@Override
	public void left() {
		this.closed.increment();
	}

	@Override
	public void timedOut() {
		this.closed.increment();
	}

	@Override
	public void evicted() {
		this.closed.increment();
	}

	/**
	 * Make a work request of a connection and hand it on. Waits while there is no room.
	 * @param connection the connection; moved
	 * @param history what has happened on it, {@code null} for a new one
	 */
	static void request(TcpConnection connection, @Nullable ConnectionHistory history, String queue,
			RequestSink requests) {
		WorkRequest request = WorkRequest.with(connection.descriptor())
			.queue(queue)
			.remoteAddress(connection.remote())
			.localAddress(connection.local())
			.history(history)
			.build();
		try {
			requests.accept(request);
		}
		catch (RuntimeException | Error ex) {
			// Whatever an endpoint throws must not end the thread that accepts
			logger.error("Dropped {}", request, ex);
			request.close();
		}
	}

	@Override
	public void failed(IOException ex) {
		if (this.failures.isFirst("accept")) {
			logger.error("Accepting on {} fails, clients wait in the backlog. Is the limit of open files reached? "
					+ "Logged once; see the meter fdwork.listener.failed", address(), ex);
		}
		this.failed.increment();
	}

	InetSocketAddress address() {
		return this.socket.address();
	}

	@Nullable Long givenBackBy() {
		return this.givenBackBy;
	}

	/**
	 * Return whether the accepting thread does not come on at the moment. One that waits
	 * for room does, whichever queue its put is for.
	 */
	boolean isStuck(long now) {
		return this.watch.isStuck(now);
	}

	/**
	 * Return whether the accepting thread hangs: it has not come on since some moment.
	 */
	boolean isStuckSince(long sinceNanos, long now) {
		return this.watch.isStuckSince(sinceNanos, now);
	}

	/**
	 * Return the queue that has no room for the next connection, or for the one that was
	 * accepted last: a flow may put it on another queue than that of the listener.
	 */
	private @Nullable String waitedFor() {
		Thread thread = this.thread;
		String waitedFor = (thread != null) ? this.queues.waitedFor(thread) : null;
		return (waitedFor == null && !isByWorkers() && this.queue.snapshot().full()) ? this.queue.name() : waitedFor;
	}

	/**
	 * Return the name of the socket in the FD store of systemd.
	 * @return the name, {@code null} if it does not belong there: systemd has it anyway,
	 * or the next daemon would listen elsewhere
	 */
	@Nullable String storeName() {
		return (this.ofSystemd || this.options.address().getPort() == 0) ? null : storeName(address());
	}

	static String storeName(InetSocketAddress address) {
		return "fdwork-" + format(address).replace(':', '_');
	}

	/**
	 * Return when workers accept from this.
	 */
	AcceptTerms terms() {
		Duration dataTimeout = this.options.dataTimeout();
		Boolean standIn = this.options.standIn();
		return new AcceptTerms(this.options.queue(), isByWorkers(),
				this.proxyGate == null && ((standIn != null) ? standIn : this.requests.isStraight()),
				(dataTimeout != null) ? dataTimeout.toMillis() : null);
	}

	/**
	 * Return whether workers accept, and not this daemon.
	 */
	boolean isByWorkers() {
		return this.options.acceptedBy() == DaemonOptions.AcceptedBy.WORKERS;
	}

	Descriptor duplicate() throws IOException {
		return this.socket.duplicate();
	}

	/**
	 * Accept no more, and leave what waits in the backlog to the next daemon.
	 */
	void pause(Duration timeout) {
		if (!this.socket.pause(timeout)) {
			logger.warn("The connection accepted last on {} was not put within {}", address(), timeout);
		}
		this.accepting = false;
	}

	/**
	 * Return whether this is open, and clients can connect.
	 */
	boolean isOpen() {
		return this.accepting;
	}

	/**
	 * Let nobody else connect, where workers accept.
	 */
	void refuseHandshakes() {
		this.socket.refuseHandshakes();
	}

	/**
	 * Return how many clients wait to be accepted by workers, 0 where the daemon accepts.
	 */
	int waiting() {
		return (isByWorkers()) ? this.socket.waiting() : 0;
	}

	/**
	 * Return the name of the queue.
	 */
	String queue() {
		return this.options.queue();
	}

	/**
	 * Accept what waits in the backlog, then no more. A socket unit of systemd keeps the
	 * backlog for the next daemon.
	 */
	void stop(Duration timeout) {
		if (this.ofSystemd) {
			pause(timeout);
			return;
		}
		if (!this.socket.stop(timeout)) {
			QueueSnapshot queue = this.queue.snapshot();
			logger.warn("The listener on {} did not empty its backlog within {}: queue '{}' holds {} of {} requests",
					address(), timeout, queue.name(), queue.depth(), queue.capacity());
		}
		this.accepting = false;
	}

	DaemonSnapshot.ListenerSnapshot snapshot() {
		InetSocketAddress address = address();
		String waitedFor = (this.accepting) ? waitedFor() : null;
		ListenerState state = (!this.accepting) ? ListenerState.CLOSED
				: (waitedFor != null) ? ListenerState.PAUSED : ListenerState.LISTENING;
		ReadinessSet silent = this.silent;
		return new DaemonSnapshot.ListenerSnapshot(format(address), this.options.queue(), state, waitedFor,
				this.accepted.sum(), this.failed.sum(), (silent != null) ? silent.size() : 0, this.closed.sum(),
				(this.proxyGate != null) ? this.proxyGate.refused() : Map.of(), this.givenBackBy, isByWorkers(),
				terms().standIn(), waiting());
	}

	static String format(InetSocketAddress address) {
		String host = address.getAddress().getHostAddress();
		return ((host.indexOf(':') >= 0) ? "[" + host + "]" : host) + ":" + address.getPort();
	}

	/**
	 * Close for all who keep it, but not for a socket unit of systemd, which would fail.
	 */
	void closeForAll() {
		if (this.ofSystemd) {
			close();
			return;
		}
		this.accepting = false;
		this.socket.closeForAll();
	}

	@Override
	public void close() {
		this.accepting = false;
		this.socket.close();
	}

}
