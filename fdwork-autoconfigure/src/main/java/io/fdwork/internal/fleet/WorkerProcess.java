package io.fdwork.internal.fleet;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

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
	 * Return how many bytes of its memory are resident, 0 if that cannot be known.
	 */
	default long residentBytes() {
		ProcessIdentity identity = identity();
		return (identity != null) ? identity.residentBytes() : 0;
	}

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
	 * Return why the application did not start, if the process has noted it.
	 */
	default @Nullable String failureNote() {
		return null;
	}

	/**
	 * Return what to do about an end that nobody wanted, if its cause is a known one.
	 * @param said what it died of, and what it wrote last if it never got ready
	 * @param signal the signal that ended it, if one did
	 */
	default @Nullable String remedy(String said, @Nullable Integer signal) {
		return null;
	}

	/**
	 * Ask the process for a dump of its threads. Does not wait.
	 * @return gives what has come of it, {@code null} if nothing would come here
	 * @throws IOException if it cannot be asked
	 */
	default @Nullable Supplier<ThreadDump> dumpThreads() throws IOException {
		return null;
	}

	/**
	 * Return whether a signal has stopped the process.
	 */
	default boolean isStopped() {
		ProcessIdentity identity = identity();
		return identity != null && identity.isStopped();
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
