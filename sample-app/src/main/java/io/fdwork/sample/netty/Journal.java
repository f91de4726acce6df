package io.fdwork.sample.netty;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import io.fdwork.RequestId;
import org.jspecify.annotations.Nullable;

/**
 * Writes down when a connection was where: a line for each step of each request, in a
 * file for each process. What it has written is the kernel's, so it outlives a SIGKILL.
 * <p>
 * A line is {@code nanos step id port pid}: nanoseconds of CLOCK_MONOTONIC, the
 * {@link Step}, the {@link RequestId}, the port of the client and the process that
 * writes. Any thread may write.
 */
class Journal implements AutoCloseable {

	private final long pid = ProcessHandle.current().pid();

	private final FileChannel file;

	/**
	 * Create a journal.
	 * @param directory where its file goes; created if it is not there
	 * @throws IOException if the file cannot be written
	 */
	Journal(Path directory) throws IOException {
		Files.createDirectories(directory);
		this.file = FileChannel.open(directory.resolve(this.pid + ".journal"), StandardOpenOption.CREATE,
				StandardOpenOption.APPEND);
	}

	/**
	 * Write a line.
	 * @param step what happened
	 * @param id to which request
	 * @param remoteAddress the address of its client; without one nothing is written
	 * @throws IllegalStateException if the file cannot be written
	 */
	void write(Step step, RequestId id, @Nullable InetSocketAddress remoteAddress) {
		if (remoteAddress == null) {
			return;
		}
		String line = System.nanoTime() + " " + step + " " + id + " " + remoteAddress.getPort() + " " + this.pid + "\n";
		try {
			// One call for each line: lines of several threads do not mix
			this.file.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)));
		}
		catch (IOException ex) {
			throw new IllegalStateException("Cannot write to the journal", ex);
		}
	}

	@Override
	public void close() throws IOException {
		this.file.close();
	}

	/**
	 * A step of a request.
	 */
	enum Step {

		/**
		 * The daemon has accepted the connection.
		 */
		ACCEPTED,

		/**
		 * The daemon has put the request.
		 */
		PUT,

		/**
		 * A worker has got it.
		 */
		GOT,

		/**
		 * The worker has written an answer; more than once for a connection that is kept
		 * alive.
		 */
		ANSWERED,

		/**
		 * The worker has let go of the connection: it was closed, or it went home idle.
		 */
		LEFT

	}

}
