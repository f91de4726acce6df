package io.fdwork.internal.daemon;

/**
 * Why a control connection was refused or ended. The name, in lower case, is the
 * {@code cause} of the rejection counter.
 */
public enum PeerRejection {

	/**
	 * The peer is another user.
	 */
	FOREIGN_USER,

	/**
	 * There were as many connections as there may be.
	 */
	TOO_MANY,

	/**
	 * The peer did not say who it is in time.
	 */
	SILENT,

	/**
	 * The peer broke the protocol, or speaks another version of it.
	 */
	PROTOCOL,

	/**
	 * The peer is a worker of another application.
	 */
	OTHER_APPLICATION,

	/**
	 * The peer asked for a queue that there is not.
	 */
	UNKNOWN_QUEUE,

	/**
	 * The peer did not read what it was told.
	 */
	NOT_READING,

	/**
	 * The peer gave back as a listener what is none. Only that was refused.
	 */
	NO_LISTENER,

	/**
	 * The peer gave back as a connection what is none. Only that was refused.
	 */
	NO_CONNECTION,

	/**
	 * The daemon had too few descriptors to take what the peer has sent. Only that was
	 * closed.
	 */
	EXHAUSTED

}
