package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Path;

import io.fdwork.internal.wire.Membership;
import org.jspecify.annotations.Nullable;

/**
 * Starts processes of workers.
 */
interface WorkerLauncher extends AutoCloseable {

	/**
	 * Find what a new generation runs, so that all its workers run the same even when a
	 * symbolic link is switched meanwhile.
	 * @param jar the jar, or {@code null} for that of the configuration
	 * @return the file, or {@code null} if it is not a jar that is run
	 * @throws IOException if there is no such file
	 */
	@Nullable Path resolve(@Nullable Path jar) throws IOException;

	/**
	 * Start a worker.
	 * @param jar what {@link #resolve} returned
	 * @param membership what it says in its hello
	 * @return the process
	 * @throws IOException if it cannot be started
	 */
	WorkerProcess launch(@Nullable Path jar, Membership membership) throws IOException;

	/**
	 * Note that a worker is ready, so that what it runs is known to be good.
	 * @param jar what it runs
	 */
	void ready(@Nullable Path jar);

	/**
	 * End what is going on in the background. Workers stay.
	 */
	@Override
	void close();

}
