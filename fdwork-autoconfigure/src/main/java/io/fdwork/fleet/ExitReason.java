package io.fdwork.fleet;

/**
 * Why a worker of the fleet is no more.
 */
public enum ExitReason {

	/**
	 * It exited before it was ready.
	 */
	EARLY,

	/**
	 * It was not ready in time and was killed.
	 */
	START_TIMEOUT,

	/**
	 * It was ready, and exited or was killed without having been told to.
	 */
	CRASHED,

	/**
	 * It was replaced by one of a new generation.
	 */
	REFRESHED,

	/**
	 * Its generation did not get ready and was taken back.
	 */
	ROLLED_BACK,

	/**
	 * There were more workers than wanted.
	 */
	SCALED_DOWN,

	/**
	 * It had grown old or large, and another one took its place.
	 */
	RECYCLED,

	/**
	 * It hung, and another one took its place.
	 */
	HUNG,

	/**
	 * Somebody wanted this worker to end.
	 */
	RETIRED,

	/**
	 * An earlier daemon had started it, and this one does not let it register: it serves
	 * a queue that there is no more, or speaks another version of the protocol.
	 */
	REFUSED,

	/**
	 * It did not finish what it had in hand in time and was killed.
	 */
	DRAIN_TIMEOUT,

	/**
	 * The daemon ended.
	 */
	DAEMON_ENDED

}
