package io.fdwork.integration;

/**
 * The headers of a message that carries a work request or a work.
 */
public final class FdworkHeaders {

	/**
	 * The prefix of all of them.
	 */
	public static final String PREFIX = "fdwork_";

	/**
	 * The {@link io.fdwork.RequestId}.
	 */
	public static final String REQUEST_ID = PREFIX + "requestId";

	/**
	 * The name of the queue. On the put channel it decides where the request goes.
	 */
	public static final String QUEUE = PREFIX + "queue";

	/**
	 * The {@link java.net.InetSocketAddress} of the client, if it is a TCP connection.
	 */
	public static final String REMOTE_ADDRESS = PREFIX + "remoteAddress";

	/**
	 * The {@link java.net.InetSocketAddress} that the client connected to, if it is a TCP
	 * connection.
	 */
	public static final String LOCAL_ADDRESS = PREFIX + "localAddress";

	private FdworkHeaders() {
	}

}
