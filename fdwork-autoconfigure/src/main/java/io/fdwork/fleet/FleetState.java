package io.fdwork.fleet;

/**
 * What a fleet is doing.
 */
public enum FleetState {

	/**
	 * It keeps the number of workers at its target.
	 */
	RUNNING,

	/**
	 * It replaces its workers by those of a new generation.
	 */
	REFRESHING,

	/**
	 * Its workers get nothing until it is resumed.
	 */
	QUIESCED,

	/**
	 * It starts nothing until it is resumed or refreshed, because it was told to, or
	 * because too many attempts in a row failed. The workers that run go on.
	 */
	STOPPED,

	/**
	 * The daemon ends, and its workers with it.
	 */
	ENDING

}
