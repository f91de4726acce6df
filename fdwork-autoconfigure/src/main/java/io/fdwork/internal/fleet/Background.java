package io.fdwork.internal.fleet;

import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

/**
 * Lets the launcher work in the background only while no worker starts: both would slow
 * down each other. Used under the lock of the fleet.
 */
final class Background {

	private final WorkerLauncher launcher;

	// Whether there may be something to do: what is wanted has proved to be good since
	private boolean due;

	Background(WorkerLauncher launcher) {
		this.launcher = launcher;
	}

	/**
	 * Note that a worker of what is wanted has become ready, or is wanted again.
	 */
	void good() {
		this.due = true;
	}

	/**
	 * Note that all workers are about to be replaced.
	 */
	void refresh() {
		this.launcher.busy();
	}

	/**
	 * Let the launcher begin, if it is time to.
	 * @param calm whether nothing starts
	 * @param jar what is wanted
	 */
	void look(boolean calm, @Nullable Path jar) {
		if (this.due && calm) {
			this.due = false;
			this.launcher.calm(jar);
		}
	}

}
