package io.fdwork.integration.inbound;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;

import io.fdwork.RequestId;
import io.fdwork.integration.FdworkHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Makes the {@link FdworkHeaders} of messages.
 */
final class Headers {

	private Headers() {
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
	static Map<String, Object> of(RequestId id, String queue, @Nullable InetSocketAddress remoteAddress,
			@Nullable InetSocketAddress localAddress) {
		Map<String, Object> headers = new HashMap<>();
		headers.put(FdworkHeaders.REQUEST_ID, id);
		headers.put(FdworkHeaders.QUEUE, queue);
		if (remoteAddress != null) {
			headers.put(FdworkHeaders.REMOTE_ADDRESS, remoteAddress);
		}
		if (localAddress != null) {
			headers.put(FdworkHeaders.LOCAL_ADDRESS, localAddress);
		}
		return headers;
	}

}
