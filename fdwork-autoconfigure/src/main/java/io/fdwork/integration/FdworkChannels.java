package io.fdwork.integration;

/**
 * The names of the channel beans.
 */
public final class FdworkChannels {

	/**
	 * In the daemon: what is sent here is put on its queue.
	 */
	public static final String PUT = "fdworkPutChannel";

	/**
	 * In a worker: what is got comes out here.
	 */
	public static final String GET = "fdworkGetChannel";

	private FdworkChannels() {
	}

}
