package io.fdwork.fleet;

/**
 * Where the output of the workers of a fleet goes.
 */
public enum WorkerOutput {

	/**
	 * To the log of the daemon, line by line.
	 */
	LOG,

	/**
	 * To a file for each worker, in the directory of the daemon.
	 */
	FILE

}
