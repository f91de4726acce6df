package io.fdwork.internal.worker;

/**
 * Is told what becomes of the worker and its connection to the daemon. Must not block for
 * long.
 */
public interface DaemonObserver {

	/**
	 * The daemon has taken the worker.
	 * @param daemonPid the process of the daemon
	 */
	void connected(long daemonPid);

	/**
	 * The worker is connected, and its application accepts traffic: it gets works unless
	 * the daemon has quiesced it. May be told again.
	 * @param daemonPid the process of the daemon
	 */
	default void ready(long daemonPid) {
		// Not everybody needs to know
	}

	/**
	 * The connection to the daemon has ended.
	 * @param reason why, for people
	 */
	void lost(String reason);

	/**
	 * The daemon is about to close its ports: clients should go elsewhere.
	 */
	default void parting() {
		// Only a server knows its clients
	}

	/**
	 * The daemon wants the process to finish what is in hand and to exit.
	 */
	default void drainOrdered() {
		// A worker that is part of something bigger may have reasons to stay
	}

	/**
	 * The worker gets no more works and finishes those in hand.
	 */
	void draining();

}
