package io.fdwork.internal.metrics;

import java.util.function.Supplier;

import io.fdwork.internal.worker.Worker;
import io.fdwork.internal.worker.WorkerSnapshot;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * The meters of a worker in its own registry.
 */
public final class WorkerMeters implements MeterBinder {

	private final Supplier<WorkerSnapshot> snapshot;

	/**
	 * Create the meters.
	 * @param worker the worker
	 */
	public WorkerMeters(Worker worker) {
		this.snapshot = new Cached<>(worker::snapshot);
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		WorkerSnapshot worker = this.snapshot.get();
		WorkerFiguresMeters.register(registry, worker.name(), worker.pid(), () -> this.snapshot.get().figures());
	}

}
