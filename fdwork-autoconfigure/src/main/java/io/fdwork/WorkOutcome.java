package io.fdwork;

/**
 * How a work ended.
 */
public enum WorkOutcome {

	/**
	 * It was served.
	 */
	SERVED,

	/**
	 * Its handler threw, or its connection could not be taken into service.
	 */
	FAILED,

	/**
	 * It was dropped on its way to a handler, by a filter or an interceptor.
	 */
	DROPPED,

	/**
	 * Its client had gone while it waited in the queue, so that nobody served it.
	 */
	DEPARTED

}
