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
	 * Note that no worker starts any more and one at least has become ready: what it runs
	 * is known to be good, and the machine has time.
	 * @param jar what it runs
	 */
	void calm(@Nullable Path jar);

	/**
	 * Note that all workers are about to be replaced: what goes on in the background is
	 * in their way.
	 */
	void busy();

	/**
	 * End what is going on in the background. Workers stay.
	 */
	@Override
	void close();

}
