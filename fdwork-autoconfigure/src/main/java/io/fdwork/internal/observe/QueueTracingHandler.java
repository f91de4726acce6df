package io.fdwork.internal.observe;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;

import io.micrometer.observation.Observation;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.TracingObservationHandler;

import org.springframework.core.Ordered;

/**
 * Makes a span of a wait in a queue that is over. It ends now and is as long as the wait
 * was: the time of day, which can be set, only says where it is.
 */
public final class QueueTracingHandler implements TracingObservationHandler<QueueObservationContext>, Ordered {

	private final Tracer tracer;

	/**
	 * Create a handler.
	 */
	public QueueTracingHandler(Tracer tracer) {
		this.tracer = tracer;
	}

	@Override
	public boolean supportsContext(Observation.Context context) {
		return context instanceof QueueObservationContext;
	}

	@Override
	public void onStart(QueueObservationContext context) {
		Span parent = getParentSpan(context);
		long end = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
		long start = end - TimeUnit.NANOSECONDS.toMicros(context.waitNanos());
		Span.Builder builder = this.tracer.spanBuilder()
			.name(getSpanName(context))
			.startTimestamp(start, TimeUnit.MICROSECONDS);
		Span span = ((parent != null) ? builder.setParent(parent.context()) : builder.setNoParent()).start();
		tagSpan(context, span);
		// Meters of what is observed ask for it
		getTracingContext(context).setSpan(span);
		span.end(end, TimeUnit.MICROSECONDS);
	}

	@Override
	public void onStop(QueueObservationContext context) {
		// It has ended
	}

	@Override
	public Tracer getTracer() {
		return this.tracer;
	}

	/**
	 * Before those that make a span of anything.
	 */
	@Override
	public int getOrder() {
		return HIGHEST_PRECEDENCE;
	}

}
