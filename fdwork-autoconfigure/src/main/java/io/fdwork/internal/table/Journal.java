package io.fdwork.internal.table;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * What a worker reads from a connection goes through this: if it dies before it has
 * answered, the daemon finds here what it had read. How much that is the kernel says, so
 * that there is no moment at which it was read and is not here. For one thread at a time.
 */
public final class Journal {

	private static final VarHandle WORDS = MethodHandles.byteBufferViewVarHandle(long[].class, Layout.ORDER);

	private static final long NONE = -1;

	private final ByteBuffer buffer;

	private final int offset;

	private final int length;

	private final long nonce;

	private long read = NONE;

	private long written;

	// What an earlier one of the same connection has left
	private boolean stale = true;

	Journal(ByteBuffer buffer, int offset, int length, long nonce) {
		this.buffer = buffer;
		this.offset = offset;
		this.length = length;
		this.nonce = nonce;
	}

	/**
	 * Begin with what is read next.
	 * @param read how many bytes were read since the connection was accepted, by all
	 * processes, all of which are answered
	 * @param written how many were written, all of which the kernel has
	 */
	public void begin(long read, long written) {
		if (this.read == read && this.written == written) {
			return;
		}
		this.read = read;
		this.written = written;
		this.stale = false;
		// In this order, so that what was answered never looks as if it was not
		set(Layout.JOURNAL_READ_OFFSET, read);
		set(Layout.JOURNAL_WRITTEN_OFFSET, written);
		set(Layout.JOURNAL_NONCE_OFFSET, this.nonce);
	}

	/**
	 * Say that what is read next does not come here: until the next begin, nothing can be
	 * made of what is here.
	 */
	public void stop() {
		if (this.read != NONE || this.stale) {
			this.read = NONE;
			this.stale = false;
			set(Layout.JOURNAL_WRITTEN_OFFSET, NONE);
		}
	}

	/**
	 * Return the room for what is read next.
	 * @param from how many bytes were read here since the begin
	 * @return the room, empty if there is none left
	 */
	public ByteBuffer room(int from) {
		int position = Layout.JOURNAL_HEADER_LENGTH + from;
		return this.buffer.slice(this.offset + position, this.length - position);
	}

	private void set(int offset, long value) {
		WORDS.setRelease(this.buffer, this.offset + offset, value);
	}

}
