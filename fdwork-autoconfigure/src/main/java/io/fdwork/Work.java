package io.fdwork;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Map;

import io.fdwork.descriptor.Descriptor;
import org.jspecify.annotations.Nullable;

/**
 * A work request that this worker has got. It owns the descriptors until it ends, and it
 * ends exactly once: by {@link #close()} or {@link #fail()}, which the worker calls when
 * the handler returns or throws, unless the work was {@linkplain #takeOver() taken over}.
 * <p>
 * Metadata may be read by any thread. A channel or descriptor is for one thread at a
 * time.
 */
public interface Work extends AutoCloseable {

	/**
	 * Return what identifies the request.
	 * @return the id that the request had when it was put
	 */
	RequestId id();

	/**
	 * Return the queue that the work came from.
	 * @return the name of the queue
	 */
	String queue();

	/**
	 * Return when the request was put.
	 * @return nanoseconds of CLOCK_MONOTONIC, which {@link System#nanoTime()} reads in
	 * every JVM of this boot of this machine
	 */
	long putNanos();

	/**
	 * Return when the work was got.
	 * @return nanoseconds of CLOCK_MONOTONIC
	 */
	long gotNanos();

	/**
	 * Return the address of the client.
	 * @return the address, or {@code null} for a work that is no TCP connection
	 */
	@Nullable InetSocketAddress remoteAddress();

	/**
	 * Return the address that the client connected to.
	 * @return the address, or {@code null} for a work that is no TCP connection
	 */
	@Nullable InetSocketAddress localAddress();

	/**
	 * Return the parameters.
	 * @return an unmodifiable map
	 */
	Map<String, String> parameters();

	/**
	 * Return the payload.
	 * @return the bytes
	 */
	byte[] payload();

	/**
	 * Return what has happened on the connection before it was put.
	 * @return the history, or {@code null} if this is the first put of the connection
	 */
	default @Nullable ConnectionHistory history() {
		return null;
	}

	/**
	 * Return the descriptors. They stay the work's and are closed at its end; one that is
	 * moved belongs to whoever moved it. As anything may be done with them, the daemon
	 * holds the connection of this work no longer: it ends with this process.
	 * @return an unmodifiable list of at least one
	 */
	List<Descriptor> descriptors();

	/**
	 * Return the client's connection, which is the first descriptor, as a blocking
	 * channel. The channel stays the work's: the end of the work closes it, and if it is
	 * closed before, the client may see the end only then.
	 * @return the same channel on every call
	 * @throws IOException if the first descriptor is not a connected TCP socket
	 * @see Descriptor#toSocketChannel(InetSocketAddress)
	 */
	SocketChannel channel() throws IOException;

	/**
	 * Take the work over: it does not end when the handler returns. The caller ends it,
	 * on any thread, by {@link #close()} or {@link #fail()}; until then it counts as in
	 * hand.
	 * @return this work
	 */
	Work takeOver();

	/**
	 * Return how the work ended.
	 * @return the outcome, or {@code null} while the work is in hand
	 */
	@Nullable WorkOutcome outcome();

	/**
	 * End the work as served. Does nothing if it has ended before.
	 */
	@Override
	void close();

	/**
	 * End the work as failed. Does nothing if it has ended before.
	 */
	void fail();

}
