package io.fdwork;

import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.daemon.WorkerObserver;

/**
 * An observer of workers that does nothing but what a test overrides.
 */
public class NoWorkerObserver implements WorkerObserver {

	@Override
	public void joined(DaemonSnapshot.WorkerSnapshot worker) {
	}

	@Override
	public void left(DaemonSnapshot.WorkerSnapshot worker, String reason) {
	}

}
