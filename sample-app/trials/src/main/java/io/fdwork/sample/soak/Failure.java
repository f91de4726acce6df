package io.fdwork.sample.soak;

/**
 * Why a connection was not served, as its client saw it.
 */
enum Failure {

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
	 * It had not ended in time.
	 */
	TIMED_OUT,

	/**
	 * The client had no descriptor or no port for it.
	 */
	LOCAL

}
