package io.fdwork.sample.chaos;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;

/**
 * A named pipe that the daemons of a fleet write their output to, and the process that
 * reads it into a file, which can be stopped.
 */
final class DaemonOutput implements AutoCloseable {

	private final Path pipe;

	// Open for both, so that neither end ever finds the other one gone
	private final RandomAccessFile ends;

	private final Process reader;

	/**
	 * Create the pipe, and read it.
	 * @param pipe where to create it
	 * @param log the file that goes to what is read
	 */
	DaemonOutput(Path pipe, Path log) throws IOException {
		this.pipe = pipe;
		run("mkfifo", pipe.toString());
		this.ends = new RandomAccessFile(pipe.toFile(), "rw");
		this.reader = new ProcessBuilder("cat").redirectInput(pipe.toFile())
			.redirectOutput(log.toFile())
			.redirectError(ProcessBuilder.Redirect.DISCARD)
			.start();
	}

	/**
	 * Return the command that executes what follows it, with its output in the pipe and
	 * in a process group of its own.
	 */
	List<String> command() {
		return List.of("setsid", "sh", "-c", "exec \"$@\" >'" + this.pipe + "' 2>&1", "sh");
	}

	/**
	 * Read no more, and fill the pipe.
	 */
	void block() throws IOException {
		run("kill", "-STOP", String.valueOf(this.reader.pid()));
		// Byte by byte at the end, as a line may be shorter than a block
		run("sh", "-c", "for size in 4096 1; do yes | dd of=\"$0\" oflag=nonblock bs=$size; done",
				this.pipe.toString());
	}

	/**
	 * Read on.
	 */
	void unblock() throws IOException {
		run("kill", "-CONT", String.valueOf(this.reader.pid()));
	}

	private static void run(String... command) throws IOException {
		try {
			new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(new File("/dev/null"))
				.start()
				.waitFor();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public void close() throws IOException {
		this.reader.destroyForcibly();
		this.ends.close();
	}

}
