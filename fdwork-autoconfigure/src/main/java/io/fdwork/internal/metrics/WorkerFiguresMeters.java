package io.fdwork.internal.metrics;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

import io.fdwork.WorkOutcome;
import io.fdwork.internal.wire.FrameDefect;
import io.fdwork.internal.wire.WorkerFigures;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * Registers the meters of one worker, the same in the worker and in its daemon.
 */
final class WorkerFiguresMeters {

	private static final WorkerFigures.Duration NONE = new WorkerFigures.Duration(0, 0);

	private static final WorkerFigures.Process NO_PROCESS = new WorkerFigures.Process(0, 0, 0, 0, 0, 0, 0, 0);

	private static final WorkerFigures.Requests NO_REQUESTS = new WorkerFigures.Requests(0, 0, 0);

	private static final WorkerFigures.Spares NO_SPARES = new WorkerFigures.Spares(0, 0, null);

	private WorkerFiguresMeters() {
	}

	/**
	 * Register what a daemon hears of a worker, whose own registry has meters of
	 * Micrometer for the rest.
	 */
	static AutoCloseable registerReported(MeterRegistry registry, String name, long pid,
			Supplier<WorkerFigures> figures) {
		String id = String.valueOf(pid);
		MeterSet<Supplier<WorkerFigures>> meters = register(registry, name, pid, figures);
		if (figures.get().requests() != null) {
			meters
				.timer(FdworkMeter.WORKER_REQUESTS, (source) -> requests(source).count(),
						(source) -> requests(source).totalNanos(), name, id)
				.counter(FdworkMeter.WORKER_REQUESTS_FAILED, (source) -> requests(source).failed(), name, id);
		}
		if (figures.get().process() != null) {
			meters.gauge(FdworkMeter.WORKER_HEAP_USED, (source) -> process(source).heapUsed(), name, id)
				.gauge(FdworkMeter.WORKER_HEAP_MAX, (source) -> process(source).heapMax(), name, id)
				.timer(FdworkMeter.WORKER_COLLECTION, (source) -> process(source).collections(),
						(source) -> process(source).collectionNanos(), name, id)
				.counter(FdworkMeter.WORKER_PROCESSOR, (source) -> seconds(process(source).processorNanos()), name, id)
				.gauge(FdworkMeter.WORKER_THREADS, (source) -> process(source).threads(), name, id)
				.gauge(FdworkMeter.WORKER_FILES_OPEN, (source) -> process(source).openFiles(), name, id)
				.gauge(FdworkMeter.WORKER_FILES_MAX, (source) -> process(source).maxFiles(), name, id);
		}
		return meters;
	}

	static MeterSet<Supplier<WorkerFigures>> register(MeterRegistry registry, String name, long pid,
			Supplier<WorkerFigures> figures) {
		String id = String.valueOf(pid);
		MeterSet<Supplier<WorkerFigures>> meters = new MeterSet<>(registry, figures);
		meters.counter(FdworkMeter.WORKER_GOT, (source) -> source.get().works().got(), name, id)
			.counter(FdworkMeter.WORKER_ACCEPTED, (source) -> source.get().works().acceptedItself(), name, id)
			.gauge(FdworkMeter.WORKER_ACTIVE, (source) -> source.get().load().active(), name, id)
			.gauge(FdworkMeter.WORKER_BUSY, (source) -> source.get().load().serving(), name, id)
			.gauge(FdworkMeter.WORKER_CONCURRENCY, (source) -> source.get().load().concurrency(), name, id)
			.gauge(FdworkMeter.WORKER_PAUSED, (source) -> (source.get().descriptors().paused()) ? 1 : 0, name, id)
			.counter(FdworkMeter.WORKER_PAUSES, (source) -> source.get().descriptors().pauses(), name, id)
			.counter(FdworkMeter.WORKER_DESISTED, (source) -> desisted(source.get()), name, id)
			.gauge(FdworkMeter.WORKER_SPARES, (source) -> spares(source).kept(), name, id)
			.counter(FdworkMeter.WORKER_SPARES_TAKEN_BACK, (source) -> spares(source).takenBack(), name, id)
			.timer(FdworkMeter.WORKER_WAIT, (source) -> source.get().works().waited().count(),
					(source) -> source.get().works().waited().totalNanos(), name, id)
			.gauge(FdworkMeter.DESCRIPTORS_OPEN, (source) -> source.get().descriptors().open(), name, id)
			.counter(FdworkMeter.DESCRIPTORS_LEAKED, (source) -> source.get().descriptors().leaked(), name, id);
		percentile(meters, name, id, "0.5", WorkerFigures.Wait::p50Nanos);
		percentile(meters, name, id, "0.95", WorkerFigures.Wait::p95Nanos);
		percentile(meters, name, id, "0.99", WorkerFigures.Wait::p99Nanos);
		percentile(meters, name, id, "1", WorkerFigures.Wait::maxNanos);
		for (WorkOutcome outcome : WorkOutcome.values()) {
			meters.timer(FdworkMeter.WORKER_SERVICE, (source) -> ended(source, outcome).count(),
					(source) -> ended(source, outcome).totalNanos(), name, id, outcome.name().toLowerCase(Locale.ROOT));
		}
		for (FrameDefect defect : FrameDefect.values()) {
			meters.counter(FdworkMeter.FRAMES_REJECTED,
					(source) -> source.get().works().rejected().getOrDefault(defect, 0L), name, id,
					defect.name().toLowerCase(Locale.ROOT));
		}
		return meters;
	}

	private static void percentile(MeterSet<Supplier<WorkerFigures>> meters, String name, String pid, String phi,
			ToLongFunction<WorkerFigures.Wait> nanos) {
		meters.gauge(FdworkMeter.WORKER_WAIT_PERCENTILE,
				(source) -> seconds(nanos.applyAsLong(source.get().works().waited())), name, pid, phi);
	}

	private static long desisted(WorkerFigures figures) {
		Long desisted = figures.works().desisted();
		return (desisted != null) ? desisted : 0;
	}

	private static WorkerFigures.Spares spares(Supplier<WorkerFigures> figures) {
		WorkerFigures.Spares spares = figures.get().spares();
		return (spares != null) ? spares : NO_SPARES;
	}

	private static double seconds(long nanos) {
		return nanos / (double) TimeUnit.SECONDS.toNanos(1);
	}

	private static WorkerFigures.Process process(Supplier<WorkerFigures> figures) {
		WorkerFigures.Process process = figures.get().process();
		return (process != null) ? process : NO_PROCESS;
	}

	private static WorkerFigures.Requests requests(Supplier<WorkerFigures> figures) {
		WorkerFigures.Requests requests = figures.get().requests();
		return (requests != null) ? requests : NO_REQUESTS;
	}

	private static WorkerFigures.Duration ended(Supplier<WorkerFigures> figures, WorkOutcome outcome) {
		return figures.get().works().ended().getOrDefault(outcome, NONE);
	}

}
