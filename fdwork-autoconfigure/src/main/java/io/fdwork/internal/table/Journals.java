package io.fdwork.internal.table;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

import org.jspecify.annotations.Nullable;

/**
 * The journals of a table, as a worker sees them.
 *
 * @param buffer all of them
 * @param length how long each is
 * @param count how many there are
 */
record Journals(ByteBuffer buffer, int length, int count) {

	static Journals map(FileChannel channel, int entries, int length) throws IOException {
		int count = Layout.journals(entries, length);
		long position = Layout.journalPosition(entries, length, 0);
		ByteBuffer buffer = (count > 0)
				? channel.map(FileChannel.MapMode.READ_WRITE, position, (long) count * length).order(Layout.ORDER)
				: ByteBuffer.allocate(0);
		return new Journals(buffer, length, count);
	}

	@Nullable Journal of(int index, long nonce) {
		return (index < this.count) ? new Journal(this.buffer, index * this.length, this.length, nonce) : null;
	}

}
