package io.fdwork.fleet;

/**
 * Where the output of the workers of a fleet goes.
 */
public enum WorkerOutput {

	/**
	 * To the log of the daemon, line by line. Lines of JSON go to the standard output of
	 * the daemon, as they are, if it logs JSON there too.
	 */
	LOG,

	/**
	 * To the standard output of the daemon, line by line, as they are.
	 */
	PASS_THROUGH,

	/**
	 * To a file for each worker, in the directory of the daemon.
	 */
	FILE

}
