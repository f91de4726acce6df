package io.fdwork.internal.observe;

import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Observes what a handler does with each work.
 */
public final class ObservedWorkHandler implements WorkHandler {

	/**
	 * The name of the observation.
	 */
	public static final String NAME = "fdwork.work";

	private final WorkHandler delegate;

	private final ObservationRegistry registry;

	/**
	 * Create a handler.
	 * @param delegate handles the works
	 * @param registry where that is observed
	 */
	public ObservedWorkHandler(WorkHandler delegate, ObservationRegistry registry) {
		this.delegate = delegate;
		this.registry = registry;
	}

	@Override
	public void handle(Work work) throws Exception {
		Observation.createNotStarted(NAME, () -> new WorkObservationContext(work), this.registry)
			.contextualName("work of " + work.queue())
			.lowCardinalityKeyValue(WorkKeys.QUEUE, work.queue())
			.highCardinalityKeyValue(WorkKeys.ID, work.id().toString())
			.observeChecked(() -> this.delegate.handle(work));
	}

	/**
	 * Return the work that a handler is observed with.
	 * @return the work, {@code null} if something else is observed
	 */
	public static @Nullable Work workOf(Observation.Context context) {
		return (context instanceof WorkObservationContext observed) ? observed.work : null;
	}

	/**
	 * A work that is handled.
	 */
	private static final class WorkObservationContext extends Observation.Context {

		private final Work work;

		WorkObservationContext(Work work) {
			this.work = work;
		}

	}

}
