package io.fdwork.sample.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs programs that end by themselves.
 */
final class Command {

	private static final Duration PATIENCE = Duration.ofMinutes(1);

	private Command() {
	}

	/**
	 * Run a command, and wait for its end.
	 * @return what it has written, to standard output and standard error
	 * @throws IOException if it cannot be run, or does not end within a minute
	 */
	static String run(List<String> command) throws IOException {
		return run(command, PATIENCE);
	}

	/**
	 * Run a command, and wait for its end.
	 * @param patience after which it is killed
	 * @return what it has written, to standard output and standard error; a few lines
	 * @throws IOException if it cannot be run, or does not end in time
	 */
	static String run(List<String> command, Duration patience) throws IOException {
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		try {
			process.getOutputStream().close();
			if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
				throw new IOException(command + " does not end within " + patience);
			}
			return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException(command + " was interrupted", ex);
		}
		finally {
			process.destroyForcibly();
		}
	}

	/**
	 * Return whether a program can be found.
	 * @param program its name
	 */
	static boolean exists(String program) {
		try {
			return !run(List.of("which", program)).isBlank();
		}
		catch (IOException ex) {
			return false;
		}
	}

}
