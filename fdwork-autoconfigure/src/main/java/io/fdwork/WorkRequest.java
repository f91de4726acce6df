package io.fdwork;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.fdwork.descriptor.Descriptor;
import org.jspecify.annotations.Nullable;

/**
 * Metadata and descriptors that are put on a queue. A request owns its descriptors until
 * it is put or closed, whichever comes first. Whoever drops a request closes it. Metadata
 * is immutable; the state may be asked by any thread.
 */
public final class WorkRequest implements AutoCloseable {

	/**
	 * The queue of a request that names none.
	 */
	public static final String DEFAULT_QUEUE = "default";

	private final RequestId id;

	private final String queue;

	private final @Nullable InetSocketAddress remoteAddress;

	private final @Nullable InetSocketAddress localAddress;

	private final Map<String, String> parameters;

	private final byte[] payload;

	private final @Nullable ConnectionHistory history;

	private final List<Descriptor> descriptors;

	private final boolean keepDescriptors;

	// Held while something is sent that does not wait
	private final Object lock = new Object();

	private volatile State state = State.OPEN;

	private WorkRequest(Builder builder) {
		this.id = RequestId.next();
		this.queue = builder.queue;
		this.remoteAddress = builder.remoteAddress;
		this.localAddress = builder.localAddress;
		this.parameters = (builder.parameters.isEmpty()) ? Map.of()
				: Collections.unmodifiableMap(new LinkedHashMap<>(builder.parameters));
		this.payload = builder.payload;
		this.history = builder.history;
		this.descriptors = List.copyOf(builder.descriptors);
		this.keepDescriptors = builder.keepDescriptors;
	}

	/**
	 * Start to build a request.
	 * @param descriptor the first descriptor; the request owns it once it is built
	 * @return a builder
	 */
	public static Builder with(Descriptor descriptor) {
		return new Builder().descriptor(descriptor);
	}

	/**
	 * Return what identifies the request.
	 * @return the id
	 */
	public RequestId id() {
		return this.id;
	}

	/**
	 * Return the queue that the request goes to.
	 * @return the name of the queue
	 */
	public String queue() {
		return this.queue;
	}

	/**
	 * Return the address of the client.
	 * @return the address, or {@code null} for a request that is no TCP connection
	 */
	public @Nullable InetSocketAddress remoteAddress() {
		return this.remoteAddress;
	}

	/**
	 * Return the address that the client connected to.
	 * @return the address, or {@code null} for a request that is no TCP connection
	 */
	public @Nullable InetSocketAddress localAddress() {
		return this.localAddress;
	}

	/**
	 * Return the parameters.
	 * @return an unmodifiable map
	 */
	public Map<String, String> parameters() {
		return this.parameters;
	}

	/**
	 * Return the payload.
	 * @return a copy
	 */
	public byte[] payload() {
		return (this.payload.length == 0) ? this.payload : this.payload.clone();
	}

	/**
	 * Return what has happened on the connection before.
	 * @return the history, or {@code null} if it was not put before
	 */
	public @Nullable ConnectionHistory history() {
		return this.history;
	}

	/**
	 * Return the descriptors, which stay the request's.
	 * @return an unmodifiable list of at least one
	 */
	public List<Descriptor> descriptors() {
		return this.descriptors;
	}

	/**
	 * Return whether a put leaves the descriptors open here.
	 * @return {@code false} unless the builder was told so
	 */
	public boolean keepsDescriptors() {
		return this.keepDescriptors;
	}

	/**
	 * Return where the request is in its life.
	 * @return the state
	 */
	public State state() {
		return this.state;
	}

	/**
	 * Begin to put the request, for an implementation of {@link WorkQueue}. Until the put
	 * is closed the request can be closed, but not put by another.
	 * @return the put, to be closed by the caller
	 * @throws WorkQueueException if the request was put or closed before, or is being put
	 */
	public Put beginPut() {
		synchronized (this.lock) {
			if (this.state != State.OPEN) {
				throw new WorkQueueException(this + " cannot be put again");
			}
			this.state = State.BEING_PUT;
		}
		return new Put();
	}

	/**
	 * Drop the request: close its descriptors. Does nothing for one that was put or
	 * closed before; a put that waits for room fails.
	 */
	@Override
	public void close() {
		synchronized (this.lock) {
			if (this.state.isDecided()) {
				return;
			}
			this.state = State.CLOSED;
		}
		this.descriptors.forEach(Descriptor::close);
	}

	@Override
	public String toString() {
		return "WorkRequest " + this.id + " for queue '" + this.queue + "'"
				+ ((this.remoteAddress != null) ? " from " + this.remoteAddress : "") + " (" + this.state + ")";
	}

	/** Where a request is in its life. */
	public enum State {

		/**
		 * It owns its descriptors.
		 */
		OPEN,

		/**
		 * It owns its descriptors, and a queue may wait for room for it.
		 */
		BEING_PUT,

		/**
		 * The kernel has it.
		 */
		PUT,

		/**
		 * It was dropped and its descriptors are closed.
		 */
		CLOSED;

		/**
		 * Return whether the request does not own its descriptors any more, for good.
		 * @return {@code true} for one that was put or closed
		 */
		public boolean isDecided() {
			return this == PUT || this == CLOSED;
		}

	}

	/**
	 * A put that has begun. For one thread.
	 */
	public final class Put implements AutoCloseable {

		private Put() {
		}

		/**
		 * Try to send the request, which nobody can close meanwhile.
		 * @param attempt sends without waiting
		 * @return whether it was sent. Its descriptors are closed here then, unless it
		 * {@linkplain #keepsDescriptors() keeps} them; otherwise nothing has changed
		 * @throws WorkQueueException if the request was closed
		 * @throws IOException if the attempt fails; nothing has changed
		 */
		public boolean send(Attempt attempt) throws IOException {
			synchronized (WorkRequest.this.lock) {
				if (WorkRequest.this.state != State.BEING_PUT) {
					throw new WorkQueueException(WorkRequest.this + " cannot be put any more");
				}
				if (!attempt.send()) {
					return false;
				}
				WorkRequest.this.state = State.PUT;
			}
			if (!WorkRequest.this.keepDescriptors) {
				WorkRequest.this.descriptors.forEach(Descriptor::close);
			}
			return true;
		}

		/**
		 * End the put. A request that was not sent is open again.
		 */
		@Override
		public void close() {
			synchronized (WorkRequest.this.lock) {
				if (WorkRequest.this.state == State.BEING_PUT) {
					WorkRequest.this.state = State.OPEN;
				}
			}
		}

	}

	/**
	 * An attempt to send a request.
	 */
	@FunctionalInterface
	public interface Attempt {

		/**
		 * Send the request, without waiting.
		 * @return whether it was sent
		 * @throws IOException if it cannot be sent at all
		 */
		boolean send() throws IOException;

	}

	/**
	 * Builds a request. Nothing is owned until {@link #build()} returns.
	 */
	public static final class Builder {

		private final List<Descriptor> descriptors = new ArrayList<>(1);

		private final Map<String, String> parameters = new LinkedHashMap<>(0);

		private String queue = DEFAULT_QUEUE;

		private @Nullable InetSocketAddress remoteAddress;

		private @Nullable InetSocketAddress localAddress;

		private byte[] payload = {};

		private @Nullable ConnectionHistory history;

		private boolean keepDescriptors;

		private Builder() {
		}

		/**
		 * Add a descriptor of any kind: a socket, a file, a pipe, a listening socket.
		 * @param descriptor an open descriptor
		 * @return this builder
		 */
		public Builder descriptor(Descriptor descriptor) {
			this.descriptors.add(descriptor);
			return this;
		}

		/**
		 * Name the queue.
		 * @param queue the name; {@link WorkRequest#DEFAULT_QUEUE} unless called
		 * @return this builder
		 */
		public Builder queue(String queue) {
			this.queue = queue;
			return this;
		}

		/**
		 * Set the address of the client.
		 * @param remoteAddress the address, if there is one
		 * @return this builder
		 */
		public Builder remoteAddress(@Nullable InetSocketAddress remoteAddress) {
			this.remoteAddress = remoteAddress;
			return this;
		}

		/**
		 * Set the address that the client connected to.
		 * @param localAddress the address, if there is one
		 * @return this builder
		 */
		public Builder localAddress(@Nullable InetSocketAddress localAddress) {
			this.localAddress = localAddress;
			return this;
		}

		/**
		 * Set a parameter.
		 * @param name the name
		 * @param value the value
		 * @return this builder
		 */
		public Builder parameter(String name, String value) {
			this.parameters.put(name, value);
			return this;
		}

		/**
		 * Set the payload.
		 * @param payload the bytes, which are copied
		 * @return this builder
		 */
		public Builder payload(byte[] payload) {
			this.payload = payload.clone();
			return this;
		}

		/**
		 * Set what has happened on the connection, if it is put again.
		 * @param history the history, if there is one
		 * @return this builder
		 */
		public Builder history(@Nullable ConnectionHistory history) {
			this.history = history;
			return this;
		}

		/**
		 * Leave the descriptors open here after the put, for the caller to close. Until
		 * then the client sees no end of the connection unless the worker shuts it down.
		 * @return this builder
		 */
		public Builder keepDescriptors() {
			this.keepDescriptors = true;
			return this;
		}

		/**
		 * Build the request, which owns the descriptors from now on.
		 * @return the request, to be put or closed by the caller
		 * @throws WorkLimitExceededException if it is beyond {@link WorkLimits}
		 */
		public WorkRequest build() {
			WorkLimits.check(this.descriptors, this.parameters, this.payload);
			return new WorkRequest(this);
		}

	}

}
