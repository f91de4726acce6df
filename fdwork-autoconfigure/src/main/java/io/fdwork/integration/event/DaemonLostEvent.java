package io.fdwork.integration.event;

/**
 * In a worker: the connection to the daemon has ended.
 */
public class DaemonLostEvent extends FdworkEvent {

	private final String reason;

	/**
	 * Create the event.
	 * @param source where it happened
	 * @param reason the reason, for people
	 */
	public DaemonLostEvent(Object source, String reason) {
		super(source, null);
		this.reason = reason;
	}

	/**
	 * Return the reason, for people.
	 * @return the reason, for people
	 */
	public String getReason() {
		return this.reason;
	}

}
