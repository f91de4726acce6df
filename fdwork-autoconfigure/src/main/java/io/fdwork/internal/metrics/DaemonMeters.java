package io.fdwork.internal.metrics;

import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

import io.fdwork.WorkOutcome;
import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.daemon.DaemonSnapshot.ListenerSnapshot;
import io.fdwork.internal.daemon.ListenerState;
import io.fdwork.internal.daemon.MissingExposition;
import io.fdwork.internal.daemon.PeerRejection;
import io.fdwork.internal.daemon.ProxyRefusal;
import io.fdwork.internal.fleet.Fleet;
import io.fdwork.internal.output.StandardOutput;
import io.fdwork.internal.queue.QueueSnapshot;
import io.fdwork.internal.recovery.Fate;
import io.fdwork.internal.wire.FrameDefect;
import io.fdwork.internal.wire.StatusClass;
import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.worker.WorkerInfo;
import io.fdwork.worker.WorkerState;
import io.micrometer.core.instrument.MeterRegistry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The meters of a daemon and of the workers connected to it, which come and go with them.
 */
public final class DaemonMeters {

	private static final Logger logger = LoggerFactory.getLogger(DaemonMeters.class);

	private static final WorkerFigures.Duration NONE = new WorkerFigures.Duration(0, 0);

	private final MeterRegistry registry;

	private final Supplier<DaemonSnapshot> daemon;

	private final Cached<DaemonSnapshot> snapshot;

	private final @Nullable Fleet fleet;

	private final Map<Long, Meters> workers = new ConcurrentHashMap<>();

	private final LongAdder completedRefreshes = new LongAdder();

	private final LongAdder rolledBackRefreshes = new LongAdder();

	/**
	 * Create the meters.
	 * @param registry where they are registered
	 * @param daemon tells the state of the daemon
	 * @param fleet the workers that it starts itself, {@code null} if it starts none
	 */
	public DaemonMeters(MeterRegistry registry, Supplier<DaemonSnapshot> daemon, @Nullable Fleet fleet) {
		this.registry = registry;
		this.daemon = daemon;
		this.snapshot = new Cached<>(daemon);
		this.fleet = fleet;
	}

	/**
	 * Register the meters of a daemon that has started.
	 */
	public void register() {
		DaemonSnapshot now = this.snapshot.get();
		String pid = String.valueOf(now.pid());
		MeterSet<Supplier<DaemonSnapshot>> meters = new MeterSet<>(this.registry, this.snapshot);
		for (int i = 0; i < now.listeners().size(); i++) {
			registerListener(meters, now.listeners().get(i), i);
		}
		for (int i = 0; i < now.queues().size(); i++) {
			registerQueue(meters, now.queues().get(i).name(), i);
		}
		for (int i = 0; i < now.idle().size(); i++) {
			registerIdle(meters, now.idle().get(i).queue(), i);
		}
		registerTotals(meters, now.totals());
		registerRecovery(meters);
		if (this.fleet != null) {
			registerFleet(this.fleet);
		}
		for (WorkerState state : WorkerState.values()) {
			meters.gauge(FdworkMeter.WORKERS, (source) -> count(source.get(), state), lowerCase(state));
		}
		for (PeerRejection cause : PeerRejection.values()) {
			meters.counter(FdworkMeter.CONTROL_REJECTED,
					(source) -> source.get().rejectedPeers().getOrDefault(cause, 0L), lowerCase(cause));
		}
		for (MissingExposition cause : MissingExposition.values()) {
			meters.counter(FdworkMeter.SCRAPE_MISSING,
					(source) -> source.get().missingExpositions().getOrDefault(cause, 0L), lowerCase(cause));
		}
		meters.counter(FdworkMeter.REQUESTS_DROPPED, (source) -> source.get().droppedRequests())
			.counter(FdworkMeter.OUTPUT_DROPPED, (source) -> StandardOutput.droppedLines())
			.gauge(FdworkMeter.DESCRIPTORS_OPEN, (source) -> source.get().openDescriptors(), "daemon", pid)
			.counter(FdworkMeter.DESCRIPTORS_LEAKED, (source) -> source.get().leakedDescriptors(), "daemon", pid);
	}

	private void registerFleet(Fleet fleet) {
		MeterSet<Fleet> meters = new MeterSet<>(this.registry, fleet);
		meters.gauge(FdworkMeter.FLEET_TARGET, (source) -> source.snapshot().target())
			.gauge(FdworkMeter.FLEET_STARTING, (source) -> source.snapshot().starting())
			.gauge(FdworkMeter.FLEET_GENERATION, (source) -> source.snapshot().generation());
		for (ExitReason reason : ExitReason.values()) {
			meters.counter(FdworkMeter.FLEET_EXITS, (source) -> source.snapshot().exitCounts().getOrDefault(reason, 0L),
					lowerCase(reason));
		}
		meters.counter(FdworkMeter.FLEET_REFRESHES, (source) -> this.completedRefreshes.sum(), "completed")
			.counter(FdworkMeter.FLEET_REFRESHES, (source) -> this.rolledBackRefreshes.sum(), "rolled_back");
	}

	/**
	 * Count a refresh that is over.
	 * @param refresh how it ended
	 */
	public void refreshed(FleetSnapshot.Refresh refresh) {
		((refresh.completed()) ? this.completedRefreshes : this.rolledBackRefreshes).increment();
	}

	/**
	 * Let the meters read the state of now when they are read next, and not that of a
	 * moment ago.
	 */
	public void refresh() {
		this.snapshot.clear();
	}

	private static void registerListener(MeterSet<Supplier<DaemonSnapshot>> meters, ListenerSnapshot listener,
			int index) {
		ToDoubleFunction<Supplier<DaemonSnapshot>> paused = (
				source) -> (source.get().listeners().get(index).state() == ListenerState.PAUSED) ? 1 : 0;
		meters
			.counter(FdworkMeter.LISTENER_ACCEPTED, (source) -> source.get().listeners().get(index).accepted(),
					listener.address(), listener.queue())
			.counter(FdworkMeter.LISTENER_FAILED, (source) -> source.get().listeners().get(index).failed(),
					listener.address(), listener.queue())
			.gauge(FdworkMeter.LISTENER_SILENT, (source) -> source.get().listeners().get(index).silent(),
					listener.address(), listener.queue())
			.counter(FdworkMeter.LISTENER_SILENT_CLOSED, (source) -> source.get().listeners().get(index).closedSilent(),
					listener.address(), listener.queue())
			.gauge(FdworkMeter.LISTENER_WAITING, (source) -> source.get().listeners().get(index).waiting(),
					listener.address(), listener.queue())
			.gauge(FdworkMeter.LISTENER_PAUSED, paused, listener.address(), listener.queue());
		for (ProxyRefusal cause : listener.refused().keySet()) {
			meters.counter(FdworkMeter.LISTENER_REFUSED,
					(source) -> source.get().listeners().get(index).refused().getOrDefault(cause, 0L),
					listener.address(), listener.queue(), lowerCase(cause));
		}
	}

	private static void registerQueue(MeterSet<Supplier<DaemonSnapshot>> meters, String queue, int index) {
		meters.counter(FdworkMeter.QUEUE_PUT, (source) -> queue(source, index).put(), queue)
			.counter(FdworkMeter.QUEUE_GOT, (source) -> queue(source, index).got(), queue)
			.gauge(FdworkMeter.QUEUE_DEPTH, (source) -> queue(source, index).depth(), queue)
			.gauge(FdworkMeter.QUEUE_CAPACITY, (source) -> queue(source, index).capacity(), queue)
			.counter(FdworkMeter.QUEUE_WAITS, (source) -> queue(source, index).waits(), queue);
	}

	private static void registerIdle(MeterSet<Supplier<DaemonSnapshot>> meters, String queue, int index) {
		meters.gauge(FdworkMeter.IDLE_HELD, (source) -> source.get().idle().get(index).held(), queue)
			.counter(FdworkMeter.IDLE_RETURNED, (source) -> source.get().idle().get(index).returned(), queue)
			.counter(FdworkMeter.IDLE_ENDED, (source) -> source.get().idle().get(index).resumed(), queue, "resumed")
			.counter(FdworkMeter.IDLE_ENDED, (source) -> source.get().idle().get(index).left(), queue, "left")
			.counter(FdworkMeter.IDLE_ENDED, (source) -> source.get().idle().get(index).timedOut(), queue, "timed_out")
			.counter(FdworkMeter.IDLE_ENDED, (source) -> source.get().idle().get(index).evicted(), queue, "evicted");
	}

	private static void registerRecovery(MeterSet<Supplier<DaemonSnapshot>> meters) {
		meters.gauge(FdworkMeter.RECOVERY_HELD, (source) -> source.get().recovery().held())
			.gauge(FdworkMeter.RECOVERY_CAPACITY, (source) -> source.get().recovery().entries())
			.counter(FdworkMeter.RECOVERY_SKIPPED, (source) -> source.get().recovery().notHeld())
			.counter(FdworkMeter.RECOVERY_DAMAGED, (source) -> source.get().recovery().damaged());
		for (Fate fate : Fate.values()) {
			meters.counter(FdworkMeter.RECOVERY_CONNECTIONS,
					(source) -> source.get().recovery().fates().getOrDefault(fate, 0L), lowerCase(fate));
		}
	}

	private static void registerTotals(MeterSet<Supplier<DaemonSnapshot>> meters, DaemonSnapshot.TotalsSnapshot now) {
		for (int i = 0; i < now.queues().size(); i++) {
			int index = i;
			for (WorkOutcome outcome : WorkOutcome.values()) {
				meters.timer(FdworkMeter.WORKERS_SERVICE, (source) -> ended(source, index, outcome).count(),
						(source) -> ended(source, index, outcome).totalNanos(), now.queues().get(i).queue(),
						lowerCase(outcome));
			}
		}
		for (StatusClass status : StatusClass.values()) {
			meters.timer(FdworkMeter.WORKERS_REQUESTS, (source) -> requests(source, status).count(),
					(source) -> requests(source, status).totalNanos(), status.text());
		}
		for (FrameDefect defect : FrameDefect.values()) {
			meters.counter(FdworkMeter.WORKERS_FRAMES_REJECTED,
					(source) -> source.get().totals().rejected().getOrDefault(defect, 0L), lowerCase(defect));
		}
		meters.counter(FdworkMeter.WORKERS_DESCRIPTORS_LEAKED, (source) -> source.get().totals().leakedDescriptors())
			.counter(FdworkMeter.WORKERS_SPARES_SKIPPED, (source) -> source.get().totals().skippedSpares());
	}

	private static WorkerFigures.Duration ended(Supplier<DaemonSnapshot> source, int index, WorkOutcome outcome) {
		return source.get().totals().queues().get(index).ended().getOrDefault(outcome, NONE);
	}

	private static WorkerFigures.Duration requests(Supplier<DaemonSnapshot> source, StatusClass status) {
		return source.get().totals().requests().getOrDefault(status, NONE);
	}

	private static QueueSnapshot queue(Supplier<DaemonSnapshot> source, int index) {
		return source.get().queues().get(index);
	}

	private static long count(DaemonSnapshot snapshot, WorkerState state) {
		return snapshot.workers().stream().filter((worker) -> worker.state() == state).count();
	}

	private static String lowerCase(Enum<?> value) {
		return value.name().toLowerCase(Locale.ROOT);
	}

	/**
	 * Register the meters of a worker that has come.
	 * @param worker the worker
	 */
	public void joined(WorkerInfo worker) {
		WorkerFigures first = figures(this.daemon.get(), worker.id());
		if (first == null) {
			// It has left before anybody was told that it came
			return;
		}
		String name = worker.name();
		if (worker.pid() > 0) {
			closeEarlier(name, worker.pid());
		}
		else if (this.workers.values().stream().anyMatch((meters) -> meters.is(worker.name(), 0))) {
			// Of those that this process does not see nothing else tells two of a name
			name = name + "-" + worker.id();
		}
		AutoCloseable meters = WorkerFiguresMeters.registerReported(this.registry, name, worker.pid(),
				() -> Objects.requireNonNullElse(figures(this.snapshot.get(), worker.id()), first));
		this.workers.put(worker.id(), new Meters(name, worker.pid(), meters));
	}

	/**
	 * One that reconnects may be here before its old connection has ended.
	 */
	private void closeEarlier(String name, long pid) {
		this.workers.values().removeIf((meters) -> {
			boolean same = meters.is(name, pid);
			if (same) {
				close(meters);
			}
			return same;
		});
	}

	private static @Nullable WorkerFigures figures(DaemonSnapshot daemon, long id) {
		for (DaemonSnapshot.WorkerSnapshot worker : daemon.workers()) {
			if (worker.id() == id) {
				return worker.figures();
			}
		}
		return null;
	}

	/**
	 * Return what the series of a worker are called.
	 * @param id the worker
	 * @param otherwise what they are called if it has none
	 * @return the value of their label {@code worker}
	 */
	public String nameOf(long id, String otherwise) {
		Meters meters = this.workers.get(id);
		return (meters != null) ? meters.name() : otherwise;
	}

	/**
	 * Remove the meters of a worker that has gone.
	 * @param worker the worker
	 */
	public void left(WorkerInfo worker) {
		Meters meters = this.workers.remove(worker.id());
		if (meters != null) {
			close(meters);
		}
	}

	private static void close(Meters meters) {
		try {
			meters.set().close();
		}
		catch (Exception ex) {
			logger.warn("Could not remove the meters of worker {}", meters.name(), ex);
		}
	}

	/**
	 * The meters of a worker.
	 *
	 * @param name what its series are called
	 * @param pid its process
	 * @param set its meters
	 */
	private record Meters(String name, long pid, AutoCloseable set) {

		boolean is(String name, long pid) {
			return this.name.equals(name) && this.pid == pid;
		}
	}

}
