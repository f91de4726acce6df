package io.fdwork.benchmark;

import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.UnixStream;
import io.fdwork.descriptor.UnixStreamListener;
import org.jspecify.annotations.Nullable;

/**
 * Another JVM, which gets. It ends when the stream to it does, so also with this JVM.
 */
final class GetterProcess implements AutoCloseable {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final int MAX_DESCRIPTORS = 4;

	private final Process process;

	private final UnixStream stream;

	private GetterProcess(Process process, UnixStream stream) {
		this.process = process;
		this.stream = stream;
	}

	/**
	 * Start the process and give it what it gets from.
	 * @param way the way
	 * @param putSide its side here
	 * @param reply whether it puts a request on a way back for each that it gets
	 * @return the process, to be closed by the caller
	 */
	static GetterProcess start(Way way, PutSide putSide, boolean reply) throws IOException {
		Path directory = Files.createTempDirectory("fdwork-benchmark");
		try (UnixStreamListener listener = UnixStreamListener.bind(directory.resolve("socket"), 1)) {
			listener.setTimeout(PATIENCE);
			Process process = new ProcessBuilder(command(way, reply, directory.resolve("socket"))).inheritIO().start();
			UnixStream stream = listener.accept();
			if (stream == null) {
				process.destroyForcibly();
				throw new IOException("The other process did not connect within " + PATIENCE);
			}
			stream.setTimeout(PATIENCE);
			stream.allowDescriptors(MAX_DESCRIPTORS);
			GetterProcess started = new GetterProcess(process, stream);
			write(stream, putSide.duplicateForGetSide());
			return started;
		}
		finally {
			Files.deleteIfExists(directory.resolve("socket"));
			Files.delete(directory);
		}
	}

	private static List<String> command(Way way, boolean reply, Path socket) {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		ManagementFactory.getRuntimeMXBean()
			.getInputArguments()
			.stream()
			.filter((argument) -> argument.startsWith("--add-opens"))
			.forEach(command::add);
		command.addAll(List.of("-cp", System.getProperty("java.class.path"), GetterProcess.class.getName(), way.name(),
				String.valueOf(reply), socket.toString()));
		return command;
	}

	/**
	 * Open the way back, of a process that replies.
	 * @return where its requests come out, to be closed by the caller
	 */
	GetSide openWayBack(Way way) throws IOException {
		return way.openGetSide(read(this.stream));
	}

	/**
	 * Wait until the process has got all that was put, each once.
	 * @param put how many those are
	 */
	void awaitGot(long put) throws IOException {
		long deadline = System.nanoTime() + PATIENCE.toNanos();
		long got = askGot();
		while (got < put && System.nanoTime() - deadline < 0) {
			got = askGot();
		}
		if (got != put) {
			throw new IllegalStateException("Of " + put + " requests that were put, the other process got " + got);
		}
	}

	private long askGot() throws IOException {
		this.stream.write(new byte[1], List.of());
		return ByteBuffer.wrap(readFully(this.stream, Long.BYTES)).getLong();
	}

	@Override
	public void close() throws IOException {
		this.stream.close();
		try {
			if (!this.process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
				throw new IOException("The other process did not end within " + PATIENCE);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		finally {
			this.process.destroyForcibly();
		}
	}

	private static void write(UnixStream stream, List<Descriptor> descriptors) throws IOException {
		try {
			stream.write(new byte[1], descriptors);
		}
		finally {
			descriptors.forEach(Descriptor::close);
		}
	}

	private static List<Descriptor> read(UnixStream stream) throws IOException {
		readFully(stream, 1);
		return stream.takeDescriptors();
	}

	private static byte[] readFully(UnixStream stream, int length) throws IOException {
		byte[] bytes = new byte[length];
		int filled = 0;
		while (filled < length) {
			int read = stream.read(bytes, filled, length - filled);
			if (read < 0) {
				throw new EOFException("The other process has ended the stream");
			}
			filled += read;
		}
		return bytes;
	}

	/**
	 * The other process.
	 * @param args the way, whether to reply, and where to connect
	 * @throws IOException if the stream breaks
	 */
	public static void main(String[] args) throws IOException {
		Way way = Way.valueOf(args[0]);
		boolean reply = Boolean.parseBoolean(args[1]);
		try (UnixStream stream = UnixStream.connect(Path.of(args[2]))) {
			stream.allowDescriptors(MAX_DESCRIPTORS);
			Loop loop = new Loop(way.openGetSide(read(stream)), (reply) ? way.open() : null);
			if (loop.wayBack != null) {
				write(stream, loop.wayBack.duplicateForGetSide());
			}
			Thread thread = new Thread(loop, "benchmark-get");
			// Ends with the stream, whatever it waits for
			thread.setDaemon(true);
			thread.start();
			while (stream.read(new byte[1], 0, 1) > 0) {
				stream.write(ByteBuffer.allocate(Long.BYTES).putLong(loop.got).array(), List.of());
			}
		}
	}

	/**
	 * Gets, and replies if there is a way back.
	 */
	private static final class Loop implements Runnable {

		private final GetSide getSide;

		private final @Nullable PutSide wayBack;

		private volatile long got;

		Loop(GetSide getSide, @Nullable PutSide wayBack) {
			this.getSide = getSide;
			this.wayBack = wayBack;
		}

		@Override
		public void run() {
			try {
				while (true) {
					if (this.getSide.get()) {
						this.got++;
						if (this.wayBack != null) {
							this.wayBack.put();
						}
					}
				}
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

}
