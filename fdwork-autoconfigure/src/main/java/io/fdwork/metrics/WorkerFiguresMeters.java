package io.fdwork.metrics;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

import io.fdwork.WorkOutcome;
import io.fdwork.wire.FrameDefect;
import io.fdwork.wire.WorkerFigures;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * Registers the meters of one worker, the same in the worker and in its daemon.
 */
final class WorkerFiguresMeters {

	private static final WorkerFigures.Duration NONE = new WorkerFigures.Duration(0, 0);

	private WorkerFiguresMeters() {
	}

	static AutoCloseable register(MeterRegistry registry, String name, long pid, Supplier<WorkerFigures> figures) {
		String id = String.valueOf(pid);
		MeterSet<Supplier<WorkerFigures>> meters = new MeterSet<>(registry, figures);
		meters.counter(FdworkMeter.WORKER_GOT, (source) -> source.get().got(), name, id)
			.gauge(FdworkMeter.WORKER_ACTIVE, (source) -> source.get().active(), name, id)
			.gauge(FdworkMeter.WORKER_CONCURRENCY, (source) -> source.get().concurrency(), name, id)
			.gauge(FdworkMeter.WORKER_PAUSED, (source) -> (source.get().paused()) ? 1 : 0, name, id)
			.counter(FdworkMeter.WORKER_PAUSES, (source) -> source.get().pauses(), name, id)
			.timer(FdworkMeter.WORKER_WAIT, (source) -> source.get().waited().count(),
					(source) -> source.get().waited().totalNanos(), name, id)
			.gauge(FdworkMeter.DESCRIPTORS_OPEN, (source) -> source.get().openDescriptors(), name, id)
			.counter(FdworkMeter.DESCRIPTORS_LEAKED, (source) -> source.get().leakedDescriptors(), name, id);
		percentile(meters, name, id, "0.5", WorkerFigures.Wait::p50Nanos);
		percentile(meters, name, id, "0.95", WorkerFigures.Wait::p95Nanos);
		percentile(meters, name, id, "0.99", WorkerFigures.Wait::p99Nanos);
		percentile(meters, name, id, "1", WorkerFigures.Wait::maxNanos);
		for (WorkOutcome outcome : WorkOutcome.values()) {
			meters.timer(FdworkMeter.WORKER_SERVICE, (source) -> ended(source, outcome).count(),
					(source) -> ended(source, outcome).totalNanos(), name, id,
					outcome.name().toLowerCase(Locale.ROOT));
		}
		for (FrameDefect defect : FrameDefect.values()) {
			meters.counter(FdworkMeter.FRAMES_REJECTED,
					(source) -> source.get().rejected().getOrDefault(defect, 0L), name, id,
					defect.name().toLowerCase(Locale.ROOT));
		}
		return meters;
	}

	private static void percentile(MeterSet<Supplier<WorkerFigures>> meters, String name, String pid, String phi,
			ToLongFunction<WorkerFigures.Wait> nanos) {
		meters.gauge(FdworkMeter.WORKER_WAIT_PERCENTILE,
				(source) -> nanos.applyAsLong(source.get().waited()) / (double) TimeUnit.SECONDS.toNanos(1), name, pid,
				phi);
	}

	private static WorkerFigures.Duration ended(Supplier<WorkerFigures> figures, WorkOutcome outcome) {
		return figures.get().ended().getOrDefault(outcome, NONE);
	}

}
