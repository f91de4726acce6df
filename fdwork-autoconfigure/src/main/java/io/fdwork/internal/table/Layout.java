package io.fdwork.internal.table;

import java.nio.ByteOrder;

/**
 * The layout of the table: entries of one cache line each, which hold numbers of 8 bytes,
 * little-endian. <pre>
 *  0                   8                  16
 *  +-------------------+-------------------+
 *  | state word        | read      copy 0  |
 *  +-------------------+-------------------+ 16
 *  | written   copy 0  | read      copy 1  |
 *  +-------------------+-------------------+ 32
 *  | written   copy 1  | connection        |
 *  +-------------------+-------------------+ 48
 *  | unused                                |
 *  +-------------------+-------------------+ 64
 *
 *  state word:  nonce of the put (40 bits, the highest), number of the worker
 *               (20 bits), state (3 bits), copy of the totals that holds (1 bit)
 *  read, written: bytes since the connection was accepted, by all processes
 *               together, at its last idle point
 *  connection:  the nonce of its first put under this entry
 * </pre> After the entries come their journals, if there are any, each of the same
 * length: as many as one file can have that is mapped at once. <pre>
 *  0                   8                  16
 *  +-------------------+-------------------+
 *  | nonce of the put  | read      base    |
 *  +-------------------+-------------------+ 16
 *  | written   base    | unused            |
 *  +-------------------+-------------------+ 32
 *  | what was read since then ...
 *  +---------------------------------------+
 *
 *  base: an idle point at which all answers had been written; -1 for none
 * </pre> The lowest byte of the state word is its first one, so that the state can be
 * written by itself: what is no worker's has a worker of 0 and thus no other bits there.
 */
final class Layout {

	static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

	static final int ENTRY_LENGTH = 64;

	static final int READ_OFFSET = 8;

	static final int WRITTEN_OFFSET = 16;

	/**
	 * From a total in copy 0 to that in copy 1.
	 */
	static final int COPY_LENGTH = 16;

	static final int CONNECTION_OFFSET = 40;

	static final int JOURNAL_HEADER_LENGTH = 32;

	static final int JOURNAL_NONCE_OFFSET = 0;

	static final int JOURNAL_READ_OFFSET = 8;

	static final int JOURNAL_WRITTEN_OFFSET = 16;

	static final long MAX_NONCE = (1L << 40) - 1;

	static final int MAX_WORKER = (1 << 20) - 1;

	private static final int NONCE_SHIFT = 24;

	private static final int WORKER_SHIFT = 4;

	private static final int STATE_SHIFT = 1;

	private static final int STATE_MASK = 7;

	private static final long COPY = 1;

	private Layout() {
	}

	/**
	 * Return how many entries have a journal: the first ones.
	 * @param journalLength how long each is, with its header; 0 if there are none
	 */
	static int journals(int entries, int journalLength) {
		return (journalLength > 0) ? Math.min(entries, Integer.MAX_VALUE / journalLength) : 0;
	}

	/**
	 * Return how long the whole table is.
	 */
	static long length(int entries, int journalLength) {
		return journalPosition(entries, journalLength, journals(entries, journalLength));
	}

	/**
	 * Return where in the file a journal begins.
	 */
	static long journalPosition(int entries, int journalLength, int index) {
		return (long) entries * ENTRY_LENGTH + (long) index * journalLength;
	}

	/**
	 * Make a state word, with copy 0 of the totals.
	 */
	static long word(EntryState state, long nonce, int worker) {
		return nonce << NONCE_SHIFT | (long) worker << WORKER_SHIFT | (long) state.ordinal() << STATE_SHIFT;
	}

	/**
	 * Return a state word without the copy that it names.
	 */
	static long withoutCopy(long word) {
		return word & ~COPY;
	}

	/**
	 * Return which copy of the totals holds: 0 or 1.
	 */
	static int copy(long word) {
		return (int) (word & COPY);
	}

	static long nonce(long word) {
		return word >>> NONCE_SHIFT;
	}

	static int worker(long word) {
		return (int) (word >>> WORKER_SHIFT) & MAX_WORKER;
	}

	static EntryState state(long word) {
		return EntryState.of((int) (word >>> STATE_SHIFT) & STATE_MASK);
	}

}
