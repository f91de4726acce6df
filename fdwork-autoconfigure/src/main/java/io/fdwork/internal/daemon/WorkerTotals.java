package io.fdwork.internal.daemon;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.fdwork.WorkOutcome;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.wire.FrameDefect;
import io.fdwork.internal.wire.StatusClass;
import io.fdwork.internal.wire.WorkerFigures;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all workers together have done that a daemon has had. A total grows by what a
 * report says more than all before it of the same process, so a worker that leaves takes
 * nothing with it, and one that comes back counts once. Safe for all threads.
 */
final class WorkerTotals {

	private static final Logger logger = LoggerFactory.getLogger(WorkerTotals.class);

	/**
	 * How many workers are remembered besides those that may be connected: one that has
	 * left may come back, or its last report be read after that.
	 */
	private static final int MAX_LEFT = 1024;

	/**
	 * No worker has done so much: what says so is not counted.
	 */
	private static final long MAX_COUNT = 1L << 53;

	private static final long MAX_NANOS = 1L << 60;

	private final List<String> queues;

	private final long startTicks;

	// Guarded by this
	private final Map<Total, Long> totals = new HashMap<>();

	private final Map<Object, Known> workers;

	/**
	 * Create totals that are zero.
	 * @param queues the names of the queues
	 * @param maxWorkers how many workers may be connected
	 */
	WorkerTotals(Collection<String> queues, int maxWorkers) {
		this(queues, maxWorkers + MAX_LEFT, ownStartTicks());
	}

	WorkerTotals(Collection<String> queues, int maxKnown, long startTicks) {
		this.queues = List.copyOf(queues);
		this.startTicks = startTicks;
		this.workers = new LinkedHashMap<>(16, 0.75f, true) {

			private static final long serialVersionUID = 1L;

			@Override
			protected boolean removeEldestEntry(Map.Entry<Object, Known> eldest) {
				return size() > maxKnown;
			}

		};
	}

	private static long ownStartTicks() {
		try {
			ProcessIdentity own = ProcessIdentity.of(ProcessHandle.current().pid());
			return (own != null) ? own.startTicks() : Long.MAX_VALUE;
		}
		catch (IOException ex) {
			logger.debug("It is not known since when this process runs", ex);
			return Long.MAX_VALUE;
		}
	}

	/**
	 * Count what a worker has done since it was counted last. Does nothing if it has not
	 * reported since.
	 */
	synchronized void count(DaemonSnapshot.WorkerSnapshot worker) {
		ProcessIdentity process = worker.process();
		// One that this process does not see is another one each time that it registers
		Object key = (process != null) ? process : (Object) worker.id();
		Known known = this.workers.get(key);
		if (known != null && known.last == worker.figures()) {
			return;
		}
		// What an earlier daemon has counted already is not counted again
		boolean countsAll = known != null || (process != null && process.startTicks() >= this.startTicks);
		if (known == null) {
			known = new Known();
			this.workers.put(key, known);
		}
		known.last = worker.figures();
		Map<Total, Long> highest = known.highest;
		figures(worker).forEach((total, value) -> {
			Long before = highest.get(total);
			if (before == null || value > before) {
				highest.put(total, value);
				if (countsAll) {
					this.totals.merge(total, value - ((before != null) ? before : 0), WorkerTotals::sum);
				}
			}
		});
	}

	private static long sum(long one, long other) {
		long sum = one + other;
		return (sum < 0) ? Long.MAX_VALUE : sum;
	}

	/**
	 * Return those figures that make sense.
	 */
	private Map<Total, Long> figures(DaemonSnapshot.WorkerSnapshot worker) {
		WorkerFigures figures = worker.figures();
		Map<Total, Long> all = new HashMap<>();
		Map<String, Map<WorkOutcome, WorkerFigures.Duration>> queues = figures.works().queues();
		if (queues == null && worker.queues().size() == 1) {
			queues = Map.of(worker.queues().get(0), figures.works().ended());
		}
		if (queues != null) {
			queues.forEach((queue, ended) -> {
				if (this.queues.contains(queue)) {
					durations(all, queue, ended);
				}
			});
		}
		if (figures.requests() != null) {
			durations(all, null, figures.requests().statuses());
		}
		figures.works()
			.rejected()
			.forEach((defect, count) -> add(all, new Total(null, defect, false), count, MAX_COUNT));
		add(all, Total.LEAKED, figures.descriptors().leaked(), MAX_COUNT);
		if (figures.spares() != null) {
			add(all, Total.SKIPPED_SPARES, figures.spares().skipped(), MAX_COUNT);
		}
		return all;
	}

	private static void durations(Map<Total, Long> all, @Nullable String queue,
			@Nullable Map<? extends Enum<?>, WorkerFigures.@Nullable Duration> durations) {
		if (durations != null) {
			durations.forEach((kind, duration) -> {
				if (duration != null) {
					add(all, new Total(queue, kind, false), duration.count(), MAX_COUNT);
					add(all, new Total(queue, kind, true), duration.totalNanos(), MAX_NANOS);
				}
			});
		}
	}

	private static void add(Map<Total, Long> all, Total total, @Nullable Long value, long max) {
		if (value != null && value >= 0 && value <= max) {
			all.put(total, value);
		}
	}

	/**
	 * Return the totals of this moment.
	 */
	synchronized DaemonSnapshot.TotalsSnapshot snapshot() {
		List<DaemonSnapshot.QueueTotals> queues = new ArrayList<>();
		for (String queue : this.queues) {
			queues.add(new DaemonSnapshot.QueueTotals(queue, durations(queue, WorkOutcome.class)));
		}
		Map<FrameDefect, Long> rejected = new EnumMap<>(FrameDefect.class);
		for (FrameDefect defect : FrameDefect.values()) {
			rejected.put(defect, of(new Total(null, defect, false)));
		}
		return new DaemonSnapshot.TotalsSnapshot(queues, durations(null, StatusClass.class), rejected, of(Total.LEAKED),
				of(Total.SKIPPED_SPARES));
	}

	private <K extends Enum<K>> Map<K, WorkerFigures.Duration> durations(@Nullable String queue, Class<K> kinds) {
		Map<K, WorkerFigures.Duration> durations = new EnumMap<>(kinds);
		for (K kind : kinds.getEnumConstants()) {
			durations.put(kind,
					new WorkerFigures.Duration(of(new Total(queue, kind, false)), of(new Total(queue, kind, true))));
		}
		return durations;
	}

	private long of(Total total) {
		return this.totals.getOrDefault(total, 0L);
	}

	/**
	 * What is counted.
	 *
	 * @param queue of which queue, {@code null} for all
	 * @param kind of which outcome, status or defect, or which other count
	 * @param nanos whether it is how long, and not how many
	 */
	private record Total(@Nullable String queue, Enum<?> kind, boolean nanos) {

		private static final Total LEAKED = new Total(null, Other.LEAKED, false);

		private static final Total SKIPPED_SPARES = new Total(null, Other.SKIPPED_SPARES, false);

	}

	private enum Other {

		LEAKED, SKIPPED_SPARES

	}

	/**
	 * What is known of a worker.
	 */
	private static final class Known {

		private final Map<Total, Long> highest = new HashMap<>();

		private @Nullable WorkerFigures last;

	}

}
