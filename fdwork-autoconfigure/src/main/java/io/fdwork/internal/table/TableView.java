package io.fdwork.internal.table;

import java.nio.ByteBuffer;

/**
 * Entries as they were at one moment. For one thread.
 */
public final class TableView {

	private final ByteBuffer buffer;

	private int size;

	/**
	 * Create an empty view.
	 * @param capacity how many entries it can show
	 */
	public TableView(int capacity) {
		this.buffer = ByteBuffer.allocateDirect(capacity * Layout.ENTRY_LENGTH).order(Layout.ORDER);
	}

	int capacity() {
		return this.buffer.capacity() / Layout.ENTRY_LENGTH;
	}

	ByteBuffer begin(int size) {
		this.size = size;
		return this.buffer.clear().limit(size * Layout.ENTRY_LENGTH);
	}

	/**
	 * Return how many entries it shows.
	 * @return the number
	 */
	public int size() {
		return this.size;
	}

	/**
	 * Return the state word of an entry.
	 * @param i which one of those that were read, from 0
	 * @return the word, to be asked with the other methods
	 */
	public long word(int i) {
		return this.buffer.getLong(i * Layout.ENTRY_LENGTH);
	}

	/**
	 * Return where the connection of an entry is.
	 * @param i which one of those that were read
	 * @return the state, as whoever has marked it says
	 */
	public EntryState state(int i) {
		return Layout.state(word(i));
	}

	/**
	 * Return the nonce of the put that an entry is of.
	 * @param i which one of those that were read
	 * @return the nonce
	 */
	public long nonce(int i) {
		return Layout.nonce(word(i));
	}

	/**
	 * Return which worker has an entry.
	 * @param i which one of those that were read
	 * @return the number that the daemon has given it, 0 for none
	 */
	public int worker(int i) {
		return Layout.worker(word(i));
	}

	/**
	 * Return how many bytes of a connection were read at its last idle point.
	 * @param i which one of those that were read
	 * @return the number
	 */
	public long read(int i) {
		return total(i, Layout.READ_OFFSET);
	}

	/**
	 * Return how many bytes were written to a connection at its last idle point.
	 * @param i which one of those that were read
	 * @return the number
	 */
	public long written(int i) {
		return total(i, Layout.WRITTEN_OFFSET);
	}

	private long total(int i, int offset) {
		return this.buffer.getLong(i * Layout.ENTRY_LENGTH + Layout.copy(word(i)) * Layout.COPY_LENGTH + offset);
	}

}
