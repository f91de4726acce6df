package io.fdwork;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;

import io.fdwork.descriptor.Descriptor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A work request that this worker has got. It owns the descriptors until it ends, and it
 * ends exactly once: by {@link #close()} or {@link #fail()}, which the worker calls when
 * the handler returns or throws, unless the work was {@linkplain #takeOver() taken over}.
 * <p>
 * Metadata may be read by any thread. A channel or descriptor is for one thread at a time.
 */
public final class Work implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Work.class);

	private final Metadata metadata;

	private final List<Descriptor> descriptors;

	private final long gotNanos;

	private final BiConsumer<Work, WorkOutcome> onEnd;

	private final AtomicReference<@Nullable WorkOutcome> outcome = new AtomicReference<>();

	// The caller of the handler, and each one that took the work over
	private final AtomicInteger holders = new AtomicInteger(1);

	private @Nullable SocketChannel channel;

	/**
	 * Create a work.
	 * @param metadata what is known of it
	 * @param descriptors what came with it; the work owns them
	 * @param gotNanos when it was got, in nanoseconds of CLOCK_MONOTONIC
	 * @param onEnd is told once when the work has ended
	 */
	public Work(Metadata metadata, List<Descriptor> descriptors, long gotNanos,
			BiConsumer<Work, WorkOutcome> onEnd) {
		this.metadata = metadata;
		this.descriptors = List.copyOf(descriptors);
		this.gotNanos = gotNanos;
		this.onEnd = onEnd;
	}

	/**
	 * Return what identifies the request.
	 * @return the id that the request had when it was put
	 */
	public RequestId id() {
		return this.metadata.id();
	}

	/**
	 * Return the queue that the work came from.
	 * @return the name of the queue
	 */
	public String queue() {
		return this.metadata.queue();
	}

	/**
	 * Return when the request was put.
	 * @return nanoseconds of CLOCK_MONOTONIC, which {@link System#nanoTime()} reads in every
	 * JVM of this boot of this machine
	 */
	public long putNanos() {
		return this.metadata.putNanos();
	}

	/**
	 * Return when the work was got.
	 * @return nanoseconds of CLOCK_MONOTONIC
	 */
	public long gotNanos() {
		return this.gotNanos;
	}

	/**
	 * Return the address of the client.
	 * @return the address, or {@code null} for a work that is no TCP connection
	 */
	public @Nullable InetSocketAddress remoteAddress() {
		return this.metadata.remoteAddress();
	}

	/**
	 * Return the address that the client connected to.
	 * @return the address, or {@code null} for a work that is no TCP connection
	 */
	public @Nullable InetSocketAddress localAddress() {
		return this.metadata.localAddress();
	}

	/**
	 * Return the parameters.
	 * @return an unmodifiable map
	 */
	public Map<String, String> parameters() {
		return this.metadata.parameters();
	}

	/**
	 * Return the payload.
	 * @return the bytes
	 */
	public byte[] payload() {
		return this.metadata.payload();
	}

	/**
	 * Return the descriptors. They stay the work's and are closed at its end; one that is
	 * moved belongs to whoever moved it.
	 * @return an unmodifiable list of at least one
	 */
	public List<Descriptor> descriptors() {
		return this.descriptors;
	}

	/**
	 * Return the client's connection, which is the first descriptor, as a blocking channel.
	 * The channel stays the work's.
	 * @return the same channel on every call
	 * @throws IOException if the first descriptor is not a connected TCP socket
	 * @see Descriptor#toSocketChannel(InetSocketAddress)
	 */
	public synchronized SocketChannel channel() throws IOException {
		if (this.channel == null) {
			this.channel = this.descriptors.get(0).toSocketChannel(remoteAddress());
		}
		return this.channel;
	}

	/**
	 * Take the work over: it does not end when the handler returns. The caller ends it, on
	 * any thread, by {@link #close()} or {@link #fail()}; until then it counts as in hand.
	 * @return this work
	 */
	public Work takeOver() {
		this.holders.incrementAndGet();
		return this;
	}

	/**
	 * Say that a handler has returned: the work ends as served, unless it was taken over.
	 * For whoever calls handlers, once for itself and once for each time that it took the
	 * work over.
	 */
	public void release() {
		if (this.holders.decrementAndGet() == 0) {
			close();
		}
	}

	/**
	 * Return how the work ended.
	 * @return the outcome, or {@code null} while the work is in hand
	 */
	public @Nullable WorkOutcome outcome() {
		return this.outcome.get();
	}

	/**
	 * End the work as served. Does nothing if it has ended before.
	 */
	@Override
	public void close() {
		end(WorkOutcome.SERVED);
	}

	/**
	 * End the work as failed. Does nothing if it has ended before.
	 */
	public void fail() {
		end(WorkOutcome.FAILED);
	}

	/**
	 * End the work as dropped before it reached a handler. Does nothing if it has ended
	 * before.
	 */
	public void drop() {
		end(WorkOutcome.DROPPED);
	}

	private void end(WorkOutcome outcome) {
		if (!this.outcome.compareAndSet(null, outcome)) {
			return;
		}
		try {
			closeDescriptors();
		}
		finally {
			this.onEnd.accept(this, outcome);
		}
	}

	private synchronized void closeDescriptors() {
		if (this.channel != null) {
			try {
				// A process that still holds a duplicate must not keep the client waiting
				this.channel.shutdownOutput();
			}
			catch (IOException ex) {
				logger.trace("The client of work {} has gone", id(), ex);
			}
			try {
				this.channel.close();
			}
			catch (IOException ex) {
				logger.debug("Could not close the channel of work {}", id(), ex);
			}
		}
		for (Descriptor descriptor : this.descriptors) {
			if (descriptor.isOpen()) {
				if (remoteAddress() != null) {
					descriptor.shutdownOutput();
				}
				descriptor.close();
			}
		}
	}

	@Override
	public String toString() {
		WorkOutcome outcome = this.outcome.get();
		return "Work " + id() + " of queue '" + queue() + "'"
				+ ((remoteAddress() != null) ? " from " + remoteAddress() : "") + " ("
				+ ((outcome != null) ? outcome : "in hand") + ")";
	}

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
	 */
	public record Metadata(RequestId id, String queue, long sequence, long putNanos,
			@Nullable InetSocketAddress remoteAddress, @Nullable InetSocketAddress localAddress,
			Map<String, String> parameters, byte[] payload) {
	}

}
