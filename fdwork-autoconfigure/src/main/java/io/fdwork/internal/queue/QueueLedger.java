package io.fdwork.internal.queue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

import io.fdwork.descriptor.Descriptor;

/**
 * The figures of one queue in memory that the daemon and every worker share: how many
 * requests were put, and the highest sequence that was got. As a queue is first in, first
 * out, that sequence is the number of requests that have left it, also when a worker was
 * killed before it could report anything. Neither figure decides about a request. <pre>
 *  0         8                  64        72
 *  +---------+------- ... ------+---------+
 *  | put     |                  | got     |   (u64, native order, a cache line each)
 *  +---------+------- ... ------+---------+
 * </pre>
 */
final class QueueLedger {

	private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

	private static final int PUT_OFFSET = 0;

	private static final int GOT_OFFSET = 64;

	private static final int LENGTH = 128;

	private final ByteBuffer memory;

	private QueueLedger(ByteBuffer memory) {
		this.memory = memory;
	}

	/**
	 * Create the file of a new ledger. It has no name any more when this returns, and
	 * lives as long as a process holds it.
	 */
	static Descriptor createFile(Path directory) throws IOException {
		Path path = Files.createTempFile(directory, "queue-", ".ledger");
		// A worker of another user, if one is allowed, maps it too. Nobody else
		// can reach it: its name is gone before anybody could guess it
		Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));
		try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
			// Written, not only sized: a full disk is found
			// here and not by a SIGBUS later
			file.write(new byte[LENGTH]);
			return Descriptor.duplicateOf(file);
		}
		finally {
			Files.delete(path);
		}
	}

	/**
	 * Map a ledger.
	 * @param file its file; moved
	 */
	static QueueLedger map(Descriptor file) throws IOException {
		try (FileChannel channel = file.toFileChannel()) {
			if (channel.size() < LENGTH) {
				throw new IOException("Not the ledger of a queue: " + channel.size() + " bytes");
			}
			return new QueueLedger(channel.map(FileChannel.MapMode.READ_WRITE, 0, LENGTH));
		}
	}

	/**
	 * Set the number of requests put. For the daemon only.
	 */
	void put(long sequence) {
		LONG.setRelease(this.memory, PUT_OFFSET, sequence);
	}

	/**
	 * Say that the request with this sequence has left the queue.
	 */
	void got(long sequence) {
		long got = got();
		while (got < sequence && !LONG.compareAndSet(this.memory, GOT_OFFSET, got, sequence)) {
			got = got();
		}
	}

	long put() {
		return (long) LONG.getAcquire(this.memory, PUT_OFFSET);
	}

	long got() {
		return (long) LONG.getAcquire(this.memory, GOT_OFFSET);
	}

}
