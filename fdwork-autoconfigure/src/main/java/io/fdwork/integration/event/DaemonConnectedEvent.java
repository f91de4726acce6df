package io.fdwork.integration.event;

/**
 * In a worker: a daemon has taken it.
 */
public class DaemonConnectedEvent extends FdworkEvent {

	private final long daemonPid;

	/**
	 * Create the event.
	 * @param source where it happened
	 * @param daemonPid the process of the daemon
	 */
	public DaemonConnectedEvent(Object source, long daemonPid) {
		super(source, null);
		this.daemonPid = daemonPid;
	}

	/**
	 * Return the process of the daemon.
	 * @return the process of the daemon
	 */
	public long getDaemonPid() {
		return this.daemonPid;
	}

}
