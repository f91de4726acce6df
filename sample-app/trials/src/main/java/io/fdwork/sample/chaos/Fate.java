package io.fdwork.sample.chaos;

/**
 * What became of a connection, as its client saw it.
 */
enum Fate {

	/**
	 * Every request was answered.
	 */
	SERVED,

	/**
	 * Every request was answered, though a worker was killed that had the connection in
	 * its hands.
	 */
	RECOVERED,

	/**
	 * Every request was answered, though a worker was killed that was executing one of
	 * them: another one has executed it, too.
	 */
	REPLAYED,

	/**
	 * It did not come into being.
	 */
	REFUSED,

	/**
	 * It was reset before the whole answer was there.
	 */
	RESET,

	/**
	 * It was closed before the whole answer was there.
	 */
	CLOSED,

	/**
	 * The answer was another one than that to its request.
	 */
	WRONG,

	/**
	 * It was answered with the status 500.
	 */
	FAILED,

	/**
	 * There was no whole answer in time.
	 */
	TIMED_OUT,

	/**
	 * It was kept alive, and ended before the first byte of a later answer: a client of
	 * HTTP must expect that and send the request again.
	 */
	STALE

}
