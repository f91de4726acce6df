package io.fdwork.sample;

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
 * writes. Of a request of HTTP whose client has given it a name there is a line besides,
 * {@code nanos EXECUTED name pid}, before anything is done for it. Any thread may write.
 */
public class Journal implements AutoCloseable {

	/**
	 * The header with which a client gives a request a name, in which there is no blank.
	 */
	public static final String NAME_HEADER = "Sample-Request";

	private final long pid = ProcessHandle.current().pid();

	private final FileChannel file;

	/**
	 * Create a journal.
	 * @param directory where its file goes; created if it is not there
	 * @throws IOException if the file cannot be written
	 */
	public Journal(Path directory) throws IOException {
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
	public void write(Step step, RequestId id, @Nullable InetSocketAddress remoteAddress) {
		if (remoteAddress != null) {
			write(step + " " + id + " " + remoteAddress.getPort());
		}
	}

	/**
	 * Write that a request is about to be executed.
	 * @param name the name that its client has given it; without one nothing is written
	 * @throws IllegalStateException if the file cannot be written
	 */
	public void executed(@Nullable String name) {
		if (name != null) {
			write("EXECUTED " + name);
		}
	}

	private void write(String step) {
		String line = System.nanoTime() + " " + step + " " + this.pid + "\n";
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
	public enum Step {

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
