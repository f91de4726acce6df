package io.fdwork.internal.recovery;

/**
 * Where a connection is, by its entry.
 */
enum Whereabouts {

	/**
	 * In its queue, or in the hands of somebody who has not claimed it yet.
	 */
	QUEUED,

	/**
	 * In the hands of the worker that the entry names.
	 */
	TAKEN,

	/**
	 * At home, on its way, or nowhere any more.
	 */
	ELSEWHERE,

	/**
	 * Nobody knows.
	 */
	STRANGE

}
