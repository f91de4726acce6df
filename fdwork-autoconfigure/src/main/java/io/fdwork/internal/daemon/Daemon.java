package io.fdwork.internal.daemon;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.NativePlatform;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.queue.QueueSnapshot;
import io.fdwork.internal.recovery.RecoverySnapshot;
import io.fdwork.internal.systemd.Systemd;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.OrderKind;
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

	private final DaemonDirectory directory;

	private final KernelQueues queues;

	private final DaemonOptions options;

	private final RequestSink requests;

	private final WorkerObserver observer;

	private final Systemd systemd;

	private volatile DaemonState state = DaemonState.CREATED;

	private volatile @Nullable Listeners listeners;

	private volatile @Nullable ControlServer controlServer;

	private volatile @Nullable IdleConnections idle;

	private volatile @Nullable Heartbeat heartbeat;

	private final HangCheck hangs = new HangCheck();

	private volatile boolean keptListeners;

	private volatile boolean quiesced;

	private volatile int concurrency;

	/**
	 * Create a daemon that listens on nothing yet.
	 * @param directory where its control socket goes; stays the caller's
	 * @param queues its queues; stay the caller's
	 * @param options what it listens on and how it deals with workers
	 * @param requests takes each accepted request, on the thread of its listener, and
	 * waits while there is no room for it
	 * @param observer is told when workers come and go
	 */
	public Daemon(DaemonDirectory directory, KernelQueues queues, DaemonOptions options, RequestSink requests,
			WorkerObserver observer) {
		this(directory, queues, options, requests, observer, Systemd.none());
	}

	/**
	 * Create a daemon that systemd may have started, and that listens on nothing yet.
	 * @param directory where its control socket goes; stays the caller's
	 * @param queues its queues; stay the caller's
	 * @param options what it listens on and how it deals with workers
	 * @param requests takes each accepted request, on the thread of its listener, and
	 * waits while there is no room for it
	 * @param observer is told when workers come and go
	 * @param systemd passes listeners, is told how the daemon is; stays the caller's
	 */
	public Daemon(DaemonDirectory directory, KernelQueues queues, DaemonOptions options, RequestSink requests,
			WorkerObserver observer, Systemd systemd) {
		this.directory = directory;
		this.queues = queues;
		this.options = options;
		this.requests = requests;
		this.observer = observer;
		this.systemd = systemd;
	}

	/**
	 * Check that a daemon can work with the limit of open files, as far as it can be told
	 * before it is created.
	 * @throws TooFewDescriptorsException if it cannot
	 */
	public static void requireDescriptors() {
		HomeRoom.check();
	}

	/**
	 * Adopt the listeners that systemd has passed, bind the others, or adopt those that
	 * workers have kept for a daemon that died, and accept. Workers can register while it
	 * waits for such listeners.
	 * @throws IOException if the control socket cannot be bound
	 * @throws ListenerBindException if a port is taken, and not given back in time
	 * @throws TooFewDescriptorsException if the limit of open files is too low
	 * @throws UnknownQueueException if a listener names a queue that there is not
	 */
	public void start() throws IOException {
		if (this.state == DaemonState.RUNNING) {
			return;
		}
		require(DaemonState.RUNNING);
		NativePlatform.selfTest();
		HomeRoom.check();
		Heartbeat heartbeat = new Heartbeat(2 * this.options.getMaxWorkers(), this::isAccepting);
		Listeners listeners = new Listeners(this.options, this.queues, this.requests);
		IdleConnections idle = new IdleConnections(this.options, this.queues.names(), this.requests, this::isAwaited);
		ControlServer controlServer = null;
		try {
			listeners.adopt(this.systemd);
			listeners.bind();
			controlServer = new ControlServer(this.directory, this.queues, listeners, idle, this.options, this.observer,
					heartbeat);
			this.listeners = listeners;
			this.idle = idle;
			this.controlServer = controlServer;
			this.heartbeat = heartbeat;
			controlServer.start();
			listeners.awaitAll(this.options.getTakeoverTimeout());
			listeners.all().forEach(Listener::start);
			become(DaemonState.RUNNING);
			heartbeat.start();
			controlServer.workers().keep();
			listeners.store(this.systemd.notifier());
			this.systemd.notifier().ready(status());
			this.systemd.watch(this::problem, this::status);
		}
		catch (Throwable ex) {
			// Also for want of a thread: those that there are would keep the JVM alive
			this.state = DaemonState.CREATED;
			this.listeners = null;
			this.controlServer = null;
			this.idle = null;
			this.heartbeat = null;
			listeners.close();
			idle.close();
			if (controlServer != null) {
				controlServer.close();
			}
			heartbeat.close();
			throw ex;
		}
		logger.info("Listening on {}, workers register in {}",
				addresses().stream().map(Listener::format).collect(Collectors.joining(", ")), this.directory.path());
	}

	/**
	 * Accept no more, and let go of everything but the queues. Unless the workers keep
	 * the listeners for the next daemon, accept first what waits in the backlog, and wait
	 * for the queues to run empty as long as there are workers.
	 * @param timeout how long to wait
	 */
	public void stop(Duration timeout) {
		stop(timeout, this.options.isKeepListenersOnStop());
	}

	/**
	 * Stop because what should have started after the daemon has not. As after any start
	 * that fails, workers keep the listeners for the next try; without workers it is a
	 * {@linkplain #stop(Duration) stop} as any.
	 * @param timeout how long to wait
	 */
	public void leave(Duration timeout) {
		stop(timeout, true);
	}

	private void stop(Duration timeout, boolean keep) {
		Listeners listeners = this.listeners;
		ControlServer controlServer = this.controlServer;
		IdleConnections idle = this.idle;
		Heartbeat heartbeat = this.heartbeat;
		if (this.state != DaemonState.RUNNING || listeners == null || controlServer == null || idle == null
				|| heartbeat == null) {
			return;
		}
		DaemonStop stop = new DaemonStop(listeners, idle, controlServer, this.queues, timeout);
		become(DaemonState.STOPPING);
		this.systemd.notifier().stopping();
		// What is queued must be served
		resume();
		try {
			boolean kept = keep && stop.isKept();
			if (!kept && this.options.isKeepListenersOnStop()) {
				logger.warn(
						"No worker keeps the listeners: closing them, though fdwork.daemon.keep-listeners-on-stop is set");
			}
			if (kept) {
				this.keptListeners = true;
				stop.leaveListeners();
				logger.info("The workers keep {} for the next daemon, and what is queued", addresses());
			}
			else {
				stop.closeListeners(this.systemd.notifier());
			}
		}
		finally {
			controlServer.close();
			// Last: from here on this daemon does nothing any more
			heartbeat.close();
			become(DaemonState.STOPPED);
		}
	}

	/**
	 * Return whether the daemon has stopped and left its listeners to the workers, for
	 * the next daemon.
	 * @return {@code false} before it is stopped
	 */
	public boolean hasKeptListeners() {
		return this.keptListeners;
	}

	private String status() {
		if (this.state != DaemonState.RUNNING) {
			return "Stopping";
		}
		return snapshot().readyWorkers() + " workers ready, " + depth() + " requests queued";
	}

	private @Nullable String problem() {
		ControlServer controlServer = this.controlServer;
		return (this.state == DaemonState.RUNNING && controlServer != null)
				? this.hangs.look(controlServer, listeners()) : null;
	}

	/**
	 * Return whether who connects is accepted, or waits for room in a queue only.
	 */
	private boolean isAccepting() {
		long now = System.nanoTime();
		return this.state == DaemonState.RUNNING && listeners().stream().allMatch((listener) -> !listener.isStuck(now));
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
			controlServer.workers()
				.order(List.of(ControlMessage.Order.of((this.quiesced) ? OrderKind.QUIESCE : OrderKind.RESUME),
						new ControlMessage.Order(OrderKind.CONCURRENCY, this.concurrency)));
		}
	}

	/**
	 * Tell a worker what to do.
	 * @param id the {@linkplain DaemonSnapshot.WorkerSnapshot#id() id} of the worker
	 * @param kind what it is to do
	 * @return whether it is there and could be told
	 */
	public boolean order(long id, OrderKind kind) {
		ControlServer controlServer = this.controlServer;
		return controlServer != null && controlServer.workers().order(id, ControlMessage.Order.of(kind));
	}

	/** Let each answer be the last of its connection, so that clients go elsewhere. */
	public void part() {
		ControlServer controlServer = this.controlServer;
		if (controlServer != null) {
			controlServer.workers().part();
		}
	}

	/**
	 * Let workers wait, as others serve in their place, until this is called without
	 * them.
	 */
	public void hold(Set<ProcessIdentity> processes) {
		ControlServer controlServer = this.controlServer;
		if (controlServer != null) {
			controlServer.workers().hold(processes);
		}
	}

	/**
	 * Ask the workers for the meters of their applications.
	 * @return those that could be had, in the order of the workers
	 */
	public List<WorkerExposition> scrape(ScrapeRequest request) {
		ControlServer controlServer = this.controlServer;
		return (controlServer != null) ? controlServer.scrapes().collect(request) : List.of();
	}

	private boolean isAwaited(String queue) {
		KernelQueue found = this.queues.find(queue);
		return found != null && found.snapshot().depth() > 0;
	}

	private long depth() {
		return this.queues.snapshots().stream().mapToLong(QueueSnapshot::depth).sum();
	}

	private void become(DaemonState next) {
		require(next);
		this.state = next;
	}

	private void require(DaemonState next) {
		if (!this.state.canBecome(next)) {
			throw new IllegalStateException("A daemon that is " + this.state + " cannot become " + next);
		}
	}

	private List<Listener> listeners() {
		Listeners listeners = this.listeners;
		return (listeners != null) ? listeners.all() : List.of();
	}

	/**
	 * Return the addresses that are listened on.
	 * @return the addresses with the ports that were chosen, in the order of the options;
	 * empty before the start
	 */
	public List<InetSocketAddress> addresses() {
		return listeners().stream().map(Listener::address).toList();
	}

	/**
	 * Return the state of this moment.
	 * @return a snapshot
	 */
	public DaemonSnapshot snapshot() {
		ControlServer controlServer = this.controlServer;
		IdleConnections idle = this.idle;
		return new DaemonSnapshot(this.state, ProcessHandle.current().pid(),
				listeners().stream().map(Listener::snapshot).toList(), this.queues.snapshots(),
				(idle != null) ? idle.snapshots() : List.of(),
				(controlServer != null) ? controlServer.workers().snapshots() : List.of(),
				(controlServer != null) ? controlServer.refused().snapshot() : List.of(),
				(controlServer != null) ? controlServer.rejections().counts() : Map.of(), this.requests.dropped(),
				Descriptor.open(), Descriptor.leaked(),
				(controlServer != null) ? controlServer.totals().snapshot() : DaemonSnapshot.TotalsSnapshot.NONE,
				(controlServer != null) ? controlServer.recovery() : RecoverySnapshot.NONE,
				(controlServer != null) ? controlServer.scrapes().missing() : Map.of());
	}

}
