package io.fdwork.internal.worker;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.fdwork.Work;
import io.fdwork.descriptor.NativePlatform;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.queue.QueueReader;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.OrderKind;
import io.fdwork.worker.ServingMode;
import io.fdwork.worker.WorkerOptions;
import io.fdwork.worker.WorkerState;
import io.netty.channel.IoEventLoop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The worker role: registers with a daemon, and gets works from its queues as long as it
 * has permits to serve them.
 * <p>
 * {@link #start()} and {@link #stop(Duration)} are idempotent and for one thread at a
 * time; the rest may be called by any thread.
 */
public final class Worker {

	private static final Logger logger = LoggerFactory.getLogger(Worker.class);

	/**
	 * How long to wait until nobody gets: threads that nobody wakes look as often.
	 */
	private static final Duration QUIET_TIMEOUT = KernelQueue.GET_TIMEOUT.multipliedBy(2);

	private final WorkerOptions options;

	private final ApplicationProbes probes;

	private final DaemonObserver observer;

	private final Map<String, QueueService> services = new LinkedHashMap<>();

	private final WorkerCounters counters = new WorkerCounters();

	private final WorkerReports reports;

	private final ControlClient controlClient;

	private final ReturnSender returns;

	private final StandIn standIn;

	// Shared by all queues, so that they are held back at once
	private final Gate gate = new Gate();

	private final WarmUps warmUps;

	private final Departure departure = new Departure();

	// Who has closed the gate says more of one that is READY
	private WorkerState state = WorkerState.CONNECTING;

	private volatile @Nullable Long daemonPid;

	private volatile @Nullable String problem;

	// Null before the first daemon
	private volatile @Nullable DaemonLife daemonLife;

	/**
	 * Create a worker that is not connected yet.
	 * @param options which daemon it gets from, and how much
	 * @param probes what it tells of its process
	 * @param mode what the way of serving wants
	 * @param eventLoops the event loops of epoll that get themselves, each whenever it
	 * has nothing else to do; asked for when there is a queue to get from. If there are
	 * none, threads of the worker's own get
	 * @param sink serves each work, on the thread that got it, and does not block if that
	 * is an event loop. A work that has not been taken over is closed when this returns
	 * @param observer is told what becomes of the worker
	 */
	public Worker(WorkerOptions options, ApplicationProbes probes, ServingMode mode,
			Supplier<List<IoEventLoop>> eventLoops, Consumer<Work> sink, DaemonObserver observer) {
		if (options.getConcurrency() < 1) {
			throw new IllegalArgumentException(
					"The concurrency of a worker is at least 1, not " + options.getConcurrency());
		}
		this.options = options;
		this.probes = probes;
		this.observer = observer;
		this.reports = new WorkerReports(this.counters, probes, this.services.values());
		Consumer<Work> present = new PresentClients(options.getDepartedClients(), sink);
		DescriptorReserve reserve = new DescriptorReserve(options.getDescriptorReserve(), this.counters);
		for (String queue : options.getQueues()) {
			this.services.put(queue, new QueueService(queue, options, mode.getters(options.getConcurrency()),
					KernelQueue.GET_TIMEOUT, this.gate, eventLoops, reserve, present, this.counters));
		}
		this.warmUps = new WarmUps(options, sink);
		this.controlClient = new ControlClient(options, probes, new ControlCallback(), () -> this.reports.next(state()),
				this.counters, this.warmUps::run);
		this.returns = new ReturnSender(this.controlClient::home, this.controlClient.spares(), this.services::get);
		this.standIn = new StandIn(this.controlClient.escrow(), this.services::get,
				() -> this.gate.isClosedBy(Gate.Keeper.DAEMON));
	}

	/**
	 * Let a web server warm up, too. To be called before this starts.
	 * @param server serves works, those that it knows by the key itself
	 */
	public void warmUp(Consumer<Work> server, WarmUpKey key) {
		this.warmUps.webServer(server, key);
	}

	/**
	 * Warm up as soon as the application accepts traffic, then look for the daemon, which
	 * may come later. Waits for neither.
	 */
	public void start() {
		NativePlatform.selfTest();
		if (this.gate.isOpen()) {
			this.warmUps.accepted();
		}
		this.returns.start();
		try {
			this.controlClient.start();
		}
		catch (RuntimeException | Error ex) {
			this.returns.close();
			throw ex;
		}
	}

	/**
	 * Say whether the application accepts traffic. While it does not, nothing is got, of
	 * the queue of a daemon that has gone neither, and nothing is being got when this
	 * returns. It does unless this says otherwise.
	 * @param accepting whether it does
	 */
	public void setAccepting(boolean accepting) {
		boolean again = this.warmUps.hasAccepted();
		if (accepting && open(Gate.Keeper.APPLICATION)) {
			this.warmUps.accepted();
			if (again) {
				logger.info("The application accepts traffic again");
			}
			tellReady();
		}
		else if (!accepting && this.gate.close(Gate.Keeper.APPLICATION)) {
			if (again) {
				logger.info("The application refuses traffic: getting nothing");
			}
			awaitQuiet();
		}
		if (this.controlClient.isConnected()) {
			this.controlClient.report();
		}
	}

	private boolean open(Gate.Keeper keeper) {
		boolean opened = this.gate.open(keeper);
		this.services.values().forEach(QueueService::wake);
		return opened;
	}

	private boolean awaitQuiet() {
		this.services.values().forEach(QueueService::wake);
		try {
			return this.gate.awaitQuiet(QUIET_TIMEOUT);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	private void tellReady() {
		Long daemonPid = this.daemonPid;
		if (daemonPid != null && state().isServing()) {
			this.observer.ready(daemonPid);
		}
	}

	/**
	 * Get no more, but for what a daemon that has gone left in its queues, finish what is
	 * in hand, say bye. What is still in hand at the end of the time is closed and
	 * counted as failed. An application that never accepted traffic gets nothing now
	 * either.
	 * @param timeout how long to wait
	 */
	public void stop(Duration timeout) {
		boolean disconnected = state() == WorkerState.DISCONNECTED;
		if (!become(WorkerState.DRAINING)) {
			return;
		}
		long deadline = System.nanoTime() + timeout.toNanos();
		LastGet lastGet = new LastGet(this.services.values(), this.gate);
		this.standIn.stop();
		lastGet.begin(this.warmUps.hasAccepted(), disconnected);
		this.controlClient.report();
		lastGet.await(deadline, this.observer::draining);
		this.counters.awaitNoneInHand(deadline);
		this.returns.close();
		int left = this.counters.inHand().size();
		if (left > 0) {
			logger.warn("Closing {} works that are still in hand after {}", left, timeout);
			this.counters.inHand().forEach(Work::fail);
		}
		become(WorkerState.STOPPED);
		this.controlClient.stop((left == 0) ? "stopped" : "stopped with " + left + " works in hand");
	}

	/**
	 * Wait until the daemon needs this worker no more, because the process was told to
	 * end by a signal; the daemon may have been told so, too. Serves meanwhile. Returns
	 * soon, unless the daemon is about to end itself, and at once without a daemon. To be
	 * called once.
	 */
	public void awaitRelease() {
		this.departure.await(this.controlClient::askToLeave);
	}

	/**
	 * Ask the daemon again, because the process was told to end once more: this time it
	 * may be the daemon that wants it.
	 */
	public void askAgain() {
		this.controlClient.askToLeave();
	}

	/**
	 * Return whether this worker may become the leader: it can get works now, or could
	 * until its daemon has gone, and the daemon has no better one.
	 * @return whether it may
	 */
	public boolean mayLead() {
		WorkerState state = state();
		return (state.isServing() || (state == WorkerState.DISCONNECTED && this.gate.isOpen()))
				&& this.controlClient.isCandidate();
	}

	/**
	 * Return the way of idle connections to the daemon, which ends with the worker.
	 */
	public IdleReturn idleReturn() {
		return this.returns;
	}

	/**
	 * Return the state of this moment.
	 * @return a snapshot
	 */
	public WorkerSnapshot snapshot() {
		return new WorkerSnapshot(this.options.getName(), ProcessHandle.current().pid(), this.daemonPid,
				List.copyOf(this.options.getQueues()), this.reports.figures(state()),
				this.controlClient.escrow().size(), this.standIn.listeners(), this.problem, this.daemonLife);
	}

	private synchronized WorkerState state() {
		if (this.state != WorkerState.READY) {
			return this.state;
		}
		return (this.gate.isQuiet(Gate.Keeper.APPLICATION)) ? WorkerState.REFUSING
				: (this.gate.isQuiet(Gate.Keeper.DAEMON)) ? WorkerState.QUIESCED : WorkerState.READY;
	}

	private synchronized boolean become(WorkerState next) {
		if (!this.state.canBecome(next)) {
			return false;
		}
		this.state = next;
		return true;
	}

	/**
	 * What the control thread tells.
	 */
	private final class ControlCallback implements ControlClient.Callback {

		@Override
		public void queues(List<QueueReader> readers) throws IOException {
			for (QueueReader reader : readers) {
				QueueService service = Worker.this.services.get(reader.name());
				if (service == null) {
					throw new IOException("The daemon gave queue '" + reader.name() + "', which was not asked for");
				}
				service.getFrom(reader);
				Worker.this.returns.follow(reader);
			}
		}

		@Override
		public void welcomed(long daemonPid) {
			Worker.this.daemonPid = daemonPid;
			Worker.this.problem = null;
			Worker.this.standIn.connected();
			if (become(WorkerState.READY)) {
				// The fleet says so of a worker of its own
				logger.atLevel(ordinaryLevel())
					.log("Registered with the daemon with pid {} in {}, and gets from {}", daemonPid,
							Worker.this.options.getDirectory(), Worker.this.options.getQueues());
				Worker.this.observer.connected(daemonPid);
				tellReady();
			}
		}

		@Override
		public boolean lost(String problem) {
			if (disconnect(problem)) {
				logger.warn("The daemon has gone ({}). Serving what is left in the queue, and looking for a new daemon",
						problem);
				Worker.this.observer.lost(problem);
			}
			return state().canBecome(WorkerState.READY);
		}

		@Override
		public void dismissed(String reason) {
			if (disconnect(reason)) {
				logger.atLevel(ordinaryLevel())
					.log("{}. Serving what is left in the queue, and looking for a new daemon", reason);
				Worker.this.observer.lost(reason);
			}
		}

		private Level ordinaryLevel() {
			return (Worker.this.probes.membership() != null) ? Level.DEBUG : Level.INFO;
		}

		private boolean disconnect(String problem) {
			Worker.this.daemonPid = null;
			Worker.this.problem = problem;
			Worker.this.departure.release();
			// What is queued must be served: the orders of a daemon end with it
			Worker.this.services.values().forEach(QueueService::resizeWithoutDaemon);
			Worker.this.standIn.disconnected();
			open(Gate.Keeper.DAEMON);
			return become(WorkerState.DISCONNECTED);
		}

		@Override
		public void ordered(ControlMessage.Order order) {
			switch (order.kind()) {
				case DRAIN -> {
					logger.info("The daemon wants this worker to end");
					Worker.this.departure.release();
					Worker.this.observer.drainOrdered();
				}
				case QUIESCE, HOLD -> {
					if (Worker.this.gate.close(order.kind() == OrderKind.HOLD) && awaitQuiet()) {
						logger.info("Quiesced by the daemon");
					}
				}
				case RESUME -> {
					if (open(Gate.Keeper.DAEMON)) {
						logger.info("Resumed by the daemon");
					}
				}
				case PART -> {
					Worker.this.returns.part();
					Worker.this.observer.parting();
				}
				case EXAMINE -> Worker.this.reports.examine();
				case UNKNOWN -> logger.debug("The daemon is newer, and wants what this worker does not know");
				case CONCURRENCY ->
					Worker.this.services.values().forEach((service) -> service.resize(order.concurrency()));
			}
		}

		@Override
		public void stay(Duration atMost) {
			Worker.this.departure.stay(atMost);
		}

		@Override
		public void life(DaemonLife life) {
			Worker.this.daemonLife = life;
			Worker.this.returns.life(life);
			if (life == DaemonLife.ALIVE) {
				Worker.this.standIn.end();
			}
			else {
				Worker.this.standIn.begin();
			}
		}

	}

}
