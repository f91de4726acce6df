package io.fdwork.internal.table;

/**
 * Where the connection of an entry is, as far as its holder has said.
 */
public enum EntryState {

	/**
	 * There is none.
	 */
	FREE,

	/**
	 * In the queue, for whoever claims it.
	 */
	PUT,

	/**
	 * In the hands of a worker, which has claimed it.
	 */
	GOT,

	/**
	 * Back at the daemon, or on its way there from the worker that had it.
	 */
	HOME,

	/**
	 * No longer of any process, or of one that wants no other to hold it.
	 */
	ENDED,

	/**
	 * What no process of this version writes.
	 */
	UNKNOWN;

	private static final EntryState[] STATES = values();

	static EntryState of(int number) {
		return (number < STATES.length) ? STATES[number] : UNKNOWN;
	}

}
