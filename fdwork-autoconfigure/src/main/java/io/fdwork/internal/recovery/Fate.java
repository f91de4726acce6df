package io.fdwork.internal.recovery;

/**
 * What became of a connection that had no worker any more.
 */
public enum Fate {

	/**
	 * Nothing had happened on it since it was put, or since its last idle point, but that
	 * its client may have sent something: it was put again.
	 */
	PUT_AGAIN,

	/**
	 * Requests had been read that may be executed twice, and nothing had been written: it
	 * was put again with them.
	 */
	REPLAYED,

	/**
	 * It was put again with its requests already, and the worker that got these has died,
	 * too: it was ended.
	 */
	POISONED,

	/**
	 * It was idle: it waits at the daemon for the next request.
	 */
	HOME,

	/**
	 * Something had been read or written: nobody else can go on with it, so it was ended.
	 */
	LOST,

	/**
	 * Its client had gone.
	 */
	DEPARTED

}
