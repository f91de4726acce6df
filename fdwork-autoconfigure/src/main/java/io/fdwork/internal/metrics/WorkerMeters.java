package io.fdwork.internal.metrics;

import java.util.function.Supplier;

import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.internal.worker.Worker;
import io.fdwork.internal.worker.WorkerSnapshot;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * The meters of a worker in its own registry.
 */
public final class WorkerMeters implements MeterBinder {

	private final Supplier<WorkerSnapshot> snapshot;

	// A registry does not keep what its meters read
	private final Supplier<WorkerFigures> figures;

	/**
	 * Create the meters.
	 * @param worker the worker
	 */
	public WorkerMeters(Worker worker) {
		this.snapshot = new Cached<>(worker::snapshot);
		this.figures = () -> this.snapshot.get().figures();
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		WorkerSnapshot worker = this.snapshot.get();
		WorkerFiguresMeters.register(registry, worker.name(), worker.pid(), this.figures);
	}

}
