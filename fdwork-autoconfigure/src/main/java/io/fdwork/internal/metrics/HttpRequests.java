package io.fdwork.internal.metrics;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.internal.worker.ApplicationProbes;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/**
 * Sums the HTTP requests that the web server of an application has measured, for the
 * reports of a worker. Safe for all threads.
 */
public final class HttpRequests implements ApplicationProbes.Requests {

	private static final String OUTCOME = "outcome";

	private static final String FAILED = "SERVER_ERROR";

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
		long count = 0;
		long failed = 0;
		double totalNanos = 0;
		for (Timer timer : this.registry.get().find(this.meterName).timers()) {
			long answered = timer.count();
			count += answered;
			failed += (FAILED.equals(timer.getId().getTag(OUTCOME))) ? answered : 0;
			totalNanos += timer.totalTime(TimeUnit.NANOSECONDS);
		}
		return new WorkerFigures.Requests(count, (long) totalNanos, failed);
	}

}
