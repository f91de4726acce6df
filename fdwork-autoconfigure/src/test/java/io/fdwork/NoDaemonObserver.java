package io.fdwork;

import io.fdwork.internal.worker.DaemonObserver;

/**
 * An observer of a daemon that does nothing but what a test overrides.
 */
public class NoDaemonObserver implements DaemonObserver {

	@Override
	public void connected(long daemonPid) {
	}

	@Override
	public void lost(String reason) {
	}

	@Override
	public void draining() {
	}

}
