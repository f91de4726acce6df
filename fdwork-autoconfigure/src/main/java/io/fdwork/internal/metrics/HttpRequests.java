package io.fdwork.internal.metrics;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.fdwork.internal.wire.StatusClass;
import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.internal.worker.ApplicationProbes;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/**
 * Sums the HTTP requests that the web server of an application has measured, for the
 * reports of a worker. Safe for all threads.
 */
public final class HttpRequests implements ApplicationProbes.Requests {

	/**
	 * The tag that Spring's conventions have, with few values.
	 */
	private static final String OUTCOME = "outcome";

	private final Supplier<MeterRegistry> registry;

	private final String meterName;

	/**
	 * Create the sums.
	 * @param registry where the requests are measured; asked for with the first report
	 * @param meterName the name of the timers of the requests
	 */
	public HttpRequests(Supplier<MeterRegistry> registry, String meterName) {
		this.registry = registry;
		this.meterName = meterName;
	}

	@Override
	public WorkerFigures.Requests get() {
		Map<StatusClass, WorkerFigures.Duration> statuses = new EnumMap<>(StatusClass.class);
		long count = 0;
		double totalNanos = 0;
		for (Timer timer : this.registry.get().find(this.meterName).timers()) {
			long answered = timer.count();
			double nanos = timer.totalTime(TimeUnit.NANOSECONDS);
			count += answered;
			totalNanos += nanos;
			statuses.merge(status(timer), new WorkerFigures.Duration(answered, (long) nanos),
					WorkerFigures.Duration::plus);
		}
		WorkerFigures.Duration failed = statuses.get(StatusClass.SERVER_ERROR);
		return new WorkerFigures.Requests(count, (long) totalNanos, (failed != null) ? failed.count() : 0, statuses);
	}

	private static StatusClass status(Timer timer) {
		String outcome = timer.getId().getTag(OUTCOME);
		for (StatusClass status : StatusClass.values()) {
			if (status.name().equals(outcome)) {
				return status;
			}
		}
		return StatusClass.UNKNOWN;
	}

}
