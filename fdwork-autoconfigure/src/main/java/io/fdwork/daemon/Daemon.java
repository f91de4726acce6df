package io.fdwork.daemon;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.NativePlatform;
import io.fdwork.queue.KernelQueue;
import io.fdwork.queue.KernelQueues;
import io.fdwork.queue.QueueSnapshot;
import io.fdwork.wire.ControlMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon role: owns the listeners, and lets workers get from its queues.
 * <p>
 * {@link #start()} and {@link #stop(Duration)} are idempotent and for one thread at a
 * time; the rest may be called by any thread.
 */
public final class Daemon {

	private static final Logger logger = LoggerFactory.getLogger(Daemon.class);

	private static final Duration DRAIN_CHECK_INTERVAL = Duration.ofMillis(20);

	private final DaemonDirectory directory;

	private final KernelQueues queues;

	private final DaemonOptions options;

	private final RequestSink requests;

	private final WorkerObserver observer;

	private volatile DaemonState state = DaemonState.CREATED;

	private volatile List<Listener> listeners = List.of();

	private volatile @Nullable ControlServer controlServer;

	private volatile boolean quiesced;

	private volatile int concurrency;

	/**
	 * Create a daemon that listens on nothing yet.
	 * @param directory where its control socket goes; stays the caller's
	 * @param queues its queues; stay the caller's
	 * @param options what it listens on and how it deals with workers
	 * @param requests takes each accepted request, on the thread of its listener, and waits
	 * while there is no room for it
	 * @param observer is told when workers come and go
	 */
	public Daemon(DaemonDirectory directory, KernelQueues queues, DaemonOptions options,
			RequestSink requests, WorkerObserver observer) {
		this.directory = directory;
		this.queues = queues;
		this.options = options;
		this.requests = requests;
		this.observer = observer;
	}

	/**
	 * Bind all listeners, let workers register, and accept.
	 * @throws IOException if the control socket cannot be bound
	 * @throws ListenerBindException if a port is taken
	 * @throws UnknownQueueException if a listener names a queue that there is not
	 */
	public void start() throws IOException {
		if (this.state == DaemonState.RUNNING) {
			return;
		}
		NativePlatform.selfTest();
		List<Listener> listeners = new ArrayList<>();
		ControlServer controlServer = null;
		try {
			for (DaemonOptions.ListenerOptions listener : this.options.getListeners()) {
				listeners.add(bind(listener));
			}
			controlServer = new ControlServer(this.directory, this.queues, this.options, this.observer);
			become(DaemonState.RUNNING);
		}
		catch (IOException | RuntimeException ex) {
			listeners.forEach(Listener::close);
			if (controlServer != null) {
				controlServer.close();
			}
			throw ex;
		}
		this.listeners = List.copyOf(listeners);
		this.controlServer = controlServer;
		controlServer.start();
		listeners.forEach(Listener::start);
		logger.info("Listening on {}, workers register in {}", listeners.stream().map(Listener::address).toList(),
				this.directory.path());
	}

	private Listener bind(DaemonOptions.ListenerOptions options) {
		KernelQueue queue = this.queues.find(options.queue());
		if (queue == null) {
			throw new UnknownQueueException(options.queue(), this.queues.names());
		}
		try {
			return new Listener(options, queue, this.requests);
		}
		catch (IOException ex) {
			throw new ListenerBindException(options.address(), ex);
		}
	}

	/**
	 * Accept no more, wait for the queues to run empty as long as there are workers, and
	 * let go of everything but the queues.
	 * @param timeout how long to wait
	 */
	public void stop(Duration timeout) {
		if (this.state != DaemonState.RUNNING) {
			return;
		}
		long deadline = System.nanoTime() + timeout.toNanos();
		become(DaemonState.STOPPING);
		// What is queued must be served
		resume();
		for (Listener listener : this.listeners) {
			listener.stop(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
		}
		this.queues.refuse();
		this.listeners.forEach(Listener::close);
		awaitEmptyQueues(deadline);
		ControlServer controlServer = this.controlServer;
		if (controlServer != null) {
			controlServer.close();
		}
		become(DaemonState.STOPPED);
	}

	private void awaitEmptyQueues(long deadline) {
		while (depth() > 0 && snapshot().servingWorkers() > 0 && System.nanoTime() < deadline) {
			LockSupport.parkNanos(DRAIN_CHECK_INTERVAL.toNanos());
		}
		long left = depth();
		if (left > 0) {
			logger.warn("Stopping with {} requests queued: workers that hold the queue still serve them", left);
		}
	}

	/**
	 * Let no worker get until {@link #resume()}. Puts go on, until a queue is full; then
	 * connections wait in the backlog.
	 */
	public synchronized void quiesce() {
		this.quiesced = true;
		order();
	}

	/**
	 * Let the workers get again.
	 */
	public synchronized void resume() {
		this.quiesced = false;
		order();
	}

	/**
	 * Return whether the workers must not get.
	 * @return {@code true} between {@link #quiesce()} and {@link #resume()}
	 */
	public boolean isQuiesced() {
		return this.quiesced;
	}

	/**
	 * Set how many works of each queue a worker may have in hand, of those that are there
	 * and those that come. Works in hand are not disturbed.
	 * @param concurrency the number, which a worker's own configuration bounds; 0 for as
	 * many as it is configured for
	 */
	public synchronized void setConcurrency(int concurrency) {
		this.concurrency = concurrency;
		order();
	}

	/**
	 * Return how many works of each queue a worker may have in hand.
	 * @return the number, 0 for as many as a worker is configured for
	 */
	public int getConcurrency() {
		return this.concurrency;
	}

	private void order() {
		ControlServer controlServer = this.controlServer;
		if (controlServer != null) {
			controlServer.order(List.of(ControlMessage.Order.of(
					(this.quiesced) ? ControlMessage.Order.Kind.QUIESCE : ControlMessage.Order.Kind.RESUME),
					new ControlMessage.Order(ControlMessage.Order.Kind.CONCURRENCY, this.concurrency)));
		}
	}

	/**
	 * Tell a worker to finish what it has in hand and to exit.
	 * @param id the {@linkplain DaemonSnapshot.WorkerSnapshot#id() id} of the worker
	 * @return whether it is there and could be told
	 */
	public boolean drain(long id) {
		ControlServer controlServer = this.controlServer;
		return controlServer != null && controlServer.order(id, ControlMessage.Order.of(ControlMessage.Order.Kind.DRAIN));
	}

	private long depth() {
		return this.queues.snapshots().stream().mapToLong(QueueSnapshot::depth).sum();
	}

	private void become(DaemonState next) {
		if (!this.state.canBecome(next)) {
			throw new IllegalStateException("A daemon that is " + this.state + " cannot become " + next);
		}
		this.state = next;
	}

	/**
	 * Return the addresses that are listened on.
	 * @return the addresses with the ports that were chosen, in the order of the options;
	 * empty before the start
	 */
	public List<InetSocketAddress> addresses() {
		return this.listeners.stream().map(Listener::address).toList();
	}

	/**
	 * Return the state of this moment.
	 * @return a snapshot
	 */
	public DaemonSnapshot snapshot() {
		ControlServer controlServer = this.controlServer;
		return new DaemonSnapshot(this.state, ProcessHandle.current().pid(),
				this.listeners.stream().map(Listener::snapshot).toList(), this.queues.snapshots(),
				(controlServer != null) ? controlServer.workers() : List.of(),
				(controlServer != null) ? controlServer.rejections() : Map.of(), this.requests.dropped(),
				Descriptor.open(), Descriptor.leaked());
	}

}
