package io.fdwork.daemon;

/**
 * How much of an application a daemon creates.
 */
public enum DaemonApplication {

	/**
	 * What the daemon needs, and what the application marks for it.
	 */
	LEAN,

	/**
	 * All that the application has.
	 */
	FULL

}
