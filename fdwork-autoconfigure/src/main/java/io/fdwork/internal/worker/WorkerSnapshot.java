package io.fdwork.internal.worker;

import java.util.List;

import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.worker.WorkerState;
import org.jspecify.annotations.Nullable;

/**
 * The state of a worker at one moment.
 *
 * @param name what it calls itself
 * @param pid its process
 * @param daemonPid the process of the daemon that it is connected to, if it is
 * @param queues the queues that it serves
 * @param figures its figures
 * @param listeners how many listeners it keeps for a daemon that dies
 * @param standsIn from how many of them it accepts in place of the daemon
 * @param problem why it is not connected, for people, if it is not
 * @param daemonLife what it can tell of the life of its daemon, {@code null} before the
 * first one
 */
public record WorkerSnapshot(String name, long pid, @Nullable Long daemonPid, List<String> queues,
		WorkerFigures figures, int listeners, int standsIn, @Nullable String problem, @Nullable DaemonLife daemonLife) {

	/**
	 * Return where the worker is in its life.
	 * @return the state
	 */
	public WorkerState state() {
		return this.figures.state();
	}

}
