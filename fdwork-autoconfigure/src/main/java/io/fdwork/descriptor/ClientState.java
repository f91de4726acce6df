package io.fdwork.descriptor;

/**
 * What the client of a connection has done, as far as the kernel knows.
 *
 * @hidden
 */
@Internal
public enum ClientState {

	/**
	 * It is there, or cannot be told to have gone.
	 */
	PRESENT,

	/**
	 * It sends nothing more, and something that it has sent is still to be read.
	 */
	HALF_CLOSED,

	/**
	 * It sends nothing more, and all that it has sent was read.
	 */
	CLOSED,

	/**
	 * It has reset the connection, or was given up: nothing reaches it any more.
	 */
	RESET

}
