package io.fdwork.internal.fleet;

import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The process of a worker.
 */
interface WorkerProcess {

	long pid();

	/**
	 * When the process began, which together with the pid identifies it for ever.
	 */
	@Nullable Instant startInstant();

	boolean isAlive();

	/**
	 * Return the exit code, or {@code null} if it cannot be known.
	 */
	@Nullable Integer exitCode();

	/**
	 * Return the last lines of its output, as far as they are known. Does not wait.
	 */
	List<String> lastLines();

	/**
	 * Return whether {@link #lastLines()} stay as they are, once the process has ended.
	 */
	default boolean isOutputComplete() {
		return true;
	}

	/**
	 * Ask the process to end, with SIGTERM: it finishes what it has in hand.
	 */
	void terminate();

	/**
	 * End the process with SIGKILL.
	 */
	void kill();

}
