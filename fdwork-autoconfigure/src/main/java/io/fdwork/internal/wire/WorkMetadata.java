package io.fdwork.internal.wire;

import java.net.InetSocketAddress;
import java.util.Map;

import io.fdwork.ConnectionHistory;
import io.fdwork.RequestId;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a work request besides its descriptors.
 *
 * @param id what identifies it
 * @param queue the queue it was put on
 * @param sequence its place in the order of that queue, from 1
 * @param putNanos when it was put, in nanoseconds of CLOCK_MONOTONIC
 * @param remoteAddress the address of the client, if it is a connection
 * @param localAddress the address that the client connected to, if it is a connection
 * @param parameters the parameters
 * @param payload the payload
 * @param history what has happened on the connection before, {@code null} if this is its
 * first put
 * @param place where in the table of its daemon the connection is, {@code null} if it is
 * in none
 * @param preread what was read from the connection already, by who has not answered it
 */
public record WorkMetadata(RequestId id, String queue, long sequence, long putNanos,
		@Nullable InetSocketAddress remoteAddress, @Nullable InetSocketAddress localAddress,
		Map<String, String> parameters, byte[] payload, @Nullable ConnectionHistory history, @Nullable Place place,
		byte[] preread) {

	/**
	 * Create the metadata of what was put for the first time, and is in no table.
	 */
	public WorkMetadata(RequestId id, String queue, long sequence, long putNanos,
			@Nullable InetSocketAddress remoteAddress, @Nullable InetSocketAddress localAddress,
			Map<String, String> parameters, byte[] payload) {
		this(id, queue, sequence, putNanos, remoteAddress, localAddress, parameters, payload, null, null);
	}

	/**
	 * Create the metadata of what nobody has read from.
	 */
	public WorkMetadata(RequestId id, String queue, long sequence, long putNanos,
			@Nullable InetSocketAddress remoteAddress, @Nullable InetSocketAddress localAddress,
			Map<String, String> parameters, byte[] payload, @Nullable ConnectionHistory history,
			@Nullable Place place) {
		this(id, queue, sequence, putNanos, remoteAddress, localAddress, parameters, payload, history, place,
				new byte[0]);
	}

}
