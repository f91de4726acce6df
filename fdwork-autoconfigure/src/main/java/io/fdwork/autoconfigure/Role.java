package io.fdwork.autoconfigure;

/**
 * What the application is.
 */
public enum Role {

	/**
	 * The process that owns the ports and accepts.
	 */
	DAEMON,

	/**
	 * A process that serves accepted connections.
	 */
	WORKER,

	/**
	 * Neither: the application binds its port and serves as without fdwork.
	 */
	NONE

}
