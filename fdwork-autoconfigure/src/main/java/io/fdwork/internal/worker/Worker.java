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
import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.worker.ServingMode;
import io.fdwork.worker.WorkerOptions;
import io.fdwork.worker.WorkerState;
import io.netty.channel.IoEventLoop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The worker role: registers with a daemon, and gets works from its queues as long as it
 * has permits to serve them.
 * <p>
 * {@link #start()} and {@link #stop(Duration)} are idempotent and for one thread at a
 * time; the rest may be called by any thread.
 */
public final class Worker {

	private static final Logger logger = LoggerFactory.getLogger(Worker.class);

	private final WorkerOptions options;

	private final ApplicationProbes probes;

	private final DaemonObserver observer;

	private final Map<String, QueueService> services = new LinkedHashMap<>();

	private final WorkerCounters counters = new WorkerCounters();

	private final ProcessProbe process = new ProcessProbe();

	private final ControlClient controlClient;

	private final ReturnSender returns;

	private WorkerState state = WorkerState.CONNECTING;

	private volatile @Nullable Long daemonPid;

	private volatile @Nullable String problem;

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
		DescriptorReserve reserve = new DescriptorReserve(options.getDescriptorReserve(), this.counters);
		for (String queue : options.getQueues()) {
			this.services.put(queue,
					new QueueService(queue, options.getConcurrency(), mode.getters(options.getConcurrency()),
							KernelQueue.GET_TIMEOUT, eventLoops, reserve, sink, this.counters));
		}
		this.controlClient = new ControlClient(options, probes.membership(), new ControlCallback(), this::nextReport,
				(goOn) -> WarmUp.of(options).run(sink, goOn));
		this.returns = new ReturnSender(this.controlClient, this.services::get);
	}

	/**
	 * Warm up, if there are paths for it, then look for the daemon, which may come later.
	 * Waits for neither.
	 */
	public void start() {
		NativePlatform.selfTest();
		this.returns.start();
		this.controlClient.start();
	}

	/**
	 * Get no more, but for what a daemon that has gone left in its queues, finish what is
	 * in hand, say bye. What is still in hand at the end of the time is closed and
	 * counted as failed.
	 * @param timeout how long to wait
	 */
	public void stop(Duration timeout) {
		boolean disconnected = state() == WorkerState.DISCONNECTED;
		if (!become(WorkerState.DRAINING)) {
			return;
		}
		long deadline = System.nanoTime() + timeout.toNanos();
		// Without a daemon this may be the last process that holds the queues
		this.services.values().forEach((disconnected) ? QueueService::stopWhenEmpty : QueueService::stop);
		this.controlClient.report();
		this.observer.draining();
		try {
			for (QueueService service : this.services.values()) {
				service.awaitStopped(deadline);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
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
	 * Return the way on which idle connections go back to the daemon.
	 * @return the way, which ends when the worker is stopped
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
				List.copyOf(this.options.getQueues()), figures(), this.controlClient.listeners(), this.problem);
	}

	private ControlMessage.Report nextReport() {
		this.counters.rollWindow();
		String management = told(this.probes.management());
		return new ControlMessage.Report(figures(),
				(management != null && ControlMessage.Report.isManagement(management)) ? management : null);
	}

	private WorkerFigures figures() {
		return this.counters.figures(state(),
				this.services.values().stream().mapToInt((service) -> service.concurrency()).sum(),
				this.process.measure(), told(this.probes.requests()));
	}

	/**
	 * What the application does not tell, because it is closed already for instance, must
	 * not keep the daemon from the rest.
	 */
	private static <T> @Nullable T told(Supplier<@Nullable T> source) {
		try {
			return source.get();
		}
		catch (RuntimeException ex) {
			logger.debug("A figure is not known", ex);
			return null;
		}
	}

	private synchronized WorkerState state() {
		return this.state;
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
			}
		}

		@Override
		public void welcomed(long daemonPid) {
			Worker.this.daemonPid = daemonPid;
			Worker.this.problem = null;
			if (become(WorkerState.READY)) {
				logger.info("Registered with the daemon with pid {}", daemonPid);
				Worker.this.observer.connected(daemonPid);
			}
		}

		@Override
		public void lost(String problem) {
			Worker.this.daemonPid = null;
			Worker.this.problem = problem;
			// Nobody is there to say when to go on, and what is queued must
			// be served. What a daemon ordered ends with it
			Worker.this.services.values().forEach((service) -> {
				service.resize(0);
				service.resume();
			});
			if (become(WorkerState.DISCONNECTED)) {
				logger.warn("The daemon has gone ({}). Serving what is left in the queue, and looking for a new daemon",
						problem);
				Worker.this.observer.lost(problem);
			}
		}

		@Override
		public void ordered(ControlMessage.Order order) {
			switch (order.kind()) {
				case DRAIN -> {
					logger.info("The daemon wants this worker to end");
					Worker.this.observer.drainOrdered();
				}
				case QUIESCE -> quiesce();
				case RESUME -> resume();
				case UNKNOWN -> logger.debug("The daemon is newer, and wants what this worker does not know");
				case CONCURRENCY ->
					Worker.this.services.values().forEach((service) -> service.resize(order.concurrency()));
			}
		}

		private void quiesce() {
			try {
				boolean quiet = true;
				for (QueueService service : Worker.this.services.values()) {
					quiet &= service.quiesce();
				}
				if (quiet && become(WorkerState.QUIESCED)) {
					logger.info("Quiesced by the daemon");
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

		private void resume() {
			Worker.this.services.values().forEach(QueueService::resume);
			if (become(WorkerState.READY)) {
				logger.info("Resumed by the daemon");
			}
		}

	}

}
