package io.fdwork.internal.observe;

import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;

import io.fdwork.Work;
import io.fdwork.internal.queue.GotWork;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.core.Ordered;

/**
 * Lets what is observed of a request say how long its connection had waited in the queue,
 * and puts that wait before it. Only the first request of a work has waited.
 */
public final class QueueWaitHandler implements ObservationHandler<Observation.Context>, Ordered {

	private final Function<Observation.Context, @Nullable Work> works;

	private final Supplier<ObservationRegistry> registry;

	private final String worker;

	/**
	 * Create a handler.
	 * @param works finds the work of a request that is observed, {@code null} for
	 * anything else
	 * @param registry where the wait is observed; asked for with the first one
	 * @param worker the name of this worker
	 */
	public QueueWaitHandler(Function<Observation.Context, @Nullable Work> works, Supplier<ObservationRegistry> registry,
			String worker) {
		this.works = works;
		this.registry = registry;
		this.worker = worker;
	}

	@Override
	public boolean supportsContext(Observation.Context context) {
		// Here, as each request pays for a handler that is called: only the first of a
		// connection has waited
		return !(context instanceof QueueObservationContext) && this.works.apply(context) instanceof GotWork got
				&& !got.isWaitTold();
	}

	@Override
	public void onStart(Observation.Context context) {
		Work work = this.works.apply(context);
		if (!(work instanceof GotWork got) || !got.takeWait()) {
			return;
		}
		QueueObservationContext wait = new QueueObservationContext(work, this.worker);
		// Its meters would have a series for each value
		context.addHighCardinalityKeyValue(KeyValue.of(WorkKeys.QUEUE, work.queue()));
		context.addHighCardinalityKeyValue(KeyValue.of(WorkKeys.WORKER, this.worker));
		context.addHighCardinalityKeyValue(KeyValue.of(WorkKeys.WAIT, Duration.ofNanos(wait.waitNanos()).toString()));
		wait.setParentObservation(() -> context);
		Observation.createNotStarted(QueueObservationContext.NAME, () -> wait, this.registry.get()).start().stop();
	}

	/**
	 * After those that begin the trace.
	 */
	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

}
