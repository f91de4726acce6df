package io.fdwork.internal.table;

import org.jspecify.annotations.Nullable;

/**
 * What has been read from a connection in service and written to it, counted by whoever
 * serves it, who marks its idle points with that. One thread at a time reads, and one
 * writes; all others may be any.
 */
public final class Traffic {

	private final @Nullable TableEntry entry;

	// Each has one writer at a time
	private volatile long read;

	private volatile long written;

	/**
	 * Count on from the last idle point.
	 * @param entry the entry of the connection, which this worker has claimed, or
	 * {@code null} if it has none: what is counted is of no use then
	 */
	public Traffic(@Nullable TableEntry entry) {
		this.entry = entry;
		this.read = (entry != null) ? entry.read() : 0;
		this.written = (entry != null) ? entry.written() : 0;
	}

	/**
	 * Count what was read.
	 * @param bytes how many bytes; what is not positive does not count
	 */
	public void read(long bytes) {
		if (bytes > 0) {
			this.read += bytes;
		}
	}

	/**
	 * Count what was written.
	 * @param bytes how many bytes; what is not positive does not count
	 */
	public void written(long bytes) {
		if (bytes > 0) {
			this.written += bytes;
		}
	}

	/**
	 * Return how much has been read.
	 * @return the bytes since the connection was accepted, by all processes
	 */
	public long read() {
		return this.read;
	}

	/**
	 * Say that the connection is idle: all that was read is answered, and the answers are
	 * written.
	 */
	public void idle() {
		idleAfter(0);
	}

	/**
	 * Say that the connection is idle as soon as the rest of an answer is written. Before
	 * that is begun, so that the connection counts as idle from the moment when it is.
	 * @param rest how many bytes are left to write
	 */
	public synchronized void idleAfter(long rest) {
		if (this.entry != null) {
			this.entry.idle(this.read, this.written + rest);
		}
	}

}
