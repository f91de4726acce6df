package io.fdwork.internal.daemon;

/**
 * Why a connection was refused that has to begin with a header of the PROXY protocol.
 */
public enum ProxyRefusal {

	/**
	 * It came from a network whose headers are not believed.
	 */
	FOREIGN,

	/**
	 * It did not begin with a header, or with one of another version.
	 */
	MISSING,

	/**
	 * What began like a header was none.
	 */
	MALFORMED,

	/**
	 * The header was longer than it may be.
	 */
	TOO_LONG,

	/**
	 * It ended within the header.
	 */
	CUT,

	/**
	 * The header did not come in time, or others needed its place.
	 */
	SLOW

}
