package io.fdwork.fleet;

/**
 * What became of the connections that a worker had in service when it ended, each of
 * which is counted once. Those are not among them that it had given back, as a worker
 * does that drains.
 *
 * @param putAgain how many were put on their queue again: nothing had happened on them
 * since they were put, or since they were idle last, but that their clients may have sent
 * something
 * @param replayed how many were put again with requests that it had read and not begun to
 * answer
 * @param poisoned how many were ended as it was the second worker that had died with
 * their requests
 * @param home how many were idle, and wait at the daemon for the next request
 * @param lost how many were ended: something had been read or written
 * @param departed how many were closed as their clients had gone
 */
public record ConnectionFates(int putAgain, int replayed, int poisoned, int home, int lost, int departed) {

	/**
	 * Of a worker that had no connection in service.
	 */
	public static final ConnectionFates NONE = new ConnectionFates(0, 0, 0, 0, 0, 0);

}
