package io.fdwork.internal.observe;

import io.fdwork.Work;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;

/**
 * A wait in a queue that is over: from the put to the get.
 */
public final class QueueObservationContext extends Observation.Context {

	/**
	 * The name of the observation.
	 */
	public static final String NAME = "fdwork.queue";

	private final long waitNanos;

	/**
	 * Create a context.
	 * @param work what has waited
	 * @param worker the name of the worker that has got it
	 */
	public QueueObservationContext(Work work, String worker) {
		this.waitNanos = Math.max(0, work.gotNanos() - work.putNanos());
		setName(NAME);
		setContextualName("wait in " + work.queue());
		addLowCardinalityKeyValue(KeyValue.of(WorkKeys.QUEUE, work.queue()));
		// Each worker has a registry of its own, so this is for spans alone
		addHighCardinalityKeyValue(KeyValue.of(WorkKeys.WORKER, worker));
		addHighCardinalityKeyValue(KeyValue.of(WorkKeys.ID, work.id().toString()));
	}

	/**
	 * Return how long it was, on a clock that nobody sets.
	 */
	public long waitNanos() {
		return this.waitNanos;
	}

}
