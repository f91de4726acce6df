package io.fdwork.integration;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;

import io.fdwork.RequestId;
import org.jspecify.annotations.Nullable;

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

	/**
	 * Create the headers of a message. A message builder takes twice as long, for each
	 * connection.
	 * @param id what identifies the request
	 * @param queue the name of the queue
	 * @param remoteAddress the address of the client, if there is one
	 * @param localAddress the address that the client connected to, if there is one
	 * @return a map that the caller may change
	 */
	public static Map<String, Object> of(RequestId id, String queue, @Nullable InetSocketAddress remoteAddress,
			@Nullable InetSocketAddress localAddress) {
		Map<String, Object> headers = new HashMap<>();
		headers.put(REQUEST_ID, id);
		headers.put(QUEUE, queue);
		if (remoteAddress != null) {
			headers.put(REMOTE_ADDRESS, remoteAddress);
		}
		if (localAddress != null) {
			headers.put(LOCAL_ADDRESS, localAddress);
		}
		return headers;
	}

}
