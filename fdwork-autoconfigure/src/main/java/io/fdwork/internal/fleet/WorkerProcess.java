package io.fdwork.internal.fleet;

import java.util.List;

import io.fdwork.internal.process.ProcessIdentity;
import org.jspecify.annotations.Nullable;

/**
 * The process of a worker.
 */
interface WorkerProcess {

	long pid();

	/**
	 * Return who the process is, or {@code null} if it ended before that could be known.
	 */
	@Nullable ProcessIdentity identity();

	boolean isAlive();

	/**
	 * Return the exit code, or {@code null} if it cannot be known.
	 */
	@Nullable Integer exitCode();

	/**
	 * Return the last lines of its output, as far as they are known.
	 */
	List<String> lastLines();

	/**
	 * Ask the process to end, with SIGTERM: it finishes what it has in hand.
	 */
	void terminate();

	/**
	 * End the process with SIGKILL.
	 */
	void kill();

}
