package io.fdwork.internal.table;

import java.util.Arrays;

/**
 * What the daemon finds in the journal of an entry.
 *
 * @param nonce of which put it is
 * @param read how many bytes had been read and answered when it was begun
 * @param written how many had been written
 * @param bytes what was read since, and what else there is
 */
public record JournalRecord(long nonce, long read, long written, byte[] bytes) {

	/**
	 * Return what was read since the journal was begun.
	 * @param total how many bytes were read since the connection was accepted
	 * @return the bytes, none if nothing was read or more than there is room for
	 */
	public byte[] since(long total) {
		long length = total - this.read;
		return (length > 0 && length <= this.bytes.length) ? Arrays.copyOf(this.bytes, (int) length) : new byte[0];
	}

}
