package io.fdwork.internal.observe;

import io.micrometer.core.instrument.observation.MeterObservationHandler;
import io.micrometer.observation.Observation;

import org.springframework.core.Ordered;

/**
 * Measures no wait in a queue: {@code fdwork.worker.wait} does, and it is over when it is
 * observed.
 */
public final class QueueMeterHandler implements MeterObservationHandler<QueueObservationContext>, Ordered {

	@Override
	public boolean supportsContext(Observation.Context context) {
		return context instanceof QueueObservationContext;
	}

	/**
	 * Before those that measure anything.
	 */
	@Override
	public int getOrder() {
		return HIGHEST_PRECEDENCE;
	}

}
