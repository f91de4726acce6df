package io.fdwork.daemon;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.fdwork.descriptor.AddressInUseException;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.TcpListener;
import io.fdwork.queue.KernelQueue;
import io.fdwork.queue.KernelQueues;
import io.fdwork.wire.ControlMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners of a daemon: those that it binds, and those that workers give back because
 * they have kept them for a daemon that died. Safe for all threads.
 */
final class Listeners implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Listeners.class);

	private static final Duration BIND_INTERVAL = Duration.ofMillis(100);

	private final List<DaemonOptions.ListenerOptions> options;

	private final KernelQueues queues;

	private final RequestSink requests;

	private final int maxSilent;

	// In the order of the options, null while a port is taken
	private final @Nullable Listener[] listeners;

	private @Nullable IOException problem;

	private boolean complete;

	private boolean closed;

	Listeners(DaemonOptions options, KernelQueues queues, RequestSink requests) {
		this.options = List.copyOf(options.getListeners());
		if (this.options.size() > ControlMessage.MAX_LISTENERS) {
			throw new IllegalArgumentException("A daemon has at most " + ControlMessage.MAX_LISTENERS
					+ " listeners, not " + this.options.size());
		}
		for (DaemonOptions.ListenerOptions listener : this.options) {
			if (queues.find(listener.queue()) == null) {
				throw new UnknownQueueException(listener.queue(), queues.names());
			}
		}
		this.queues = queues;
		this.requests = requests;
		this.maxSilent = options.getMaxIdleConnections();
		this.listeners = new Listener[this.options.size()];
	}

	/**
	 * Bind what is free.
	 * @throws ListenerBindException if an address cannot be bound, other than that it is
	 * taken
	 */
	synchronized void bind() {
		for (int i = 0; i < this.listeners.length && !this.closed; i++) {
			if (this.listeners[i] == null) {
				this.listeners[i] = bind(this.options.get(i));
			}
		}
	}

	private @Nullable Listener bind(DaemonOptions.ListenerOptions options) {
		try {
			return newListener(options, TcpListener.bind(options.address(), options.backlog()), null);
		}
		catch (AddressInUseException ex) {
			this.problem = ex;
			return null;
		}
		catch (IOException ex) {
			throw new ListenerBindException(options.address(), ex, null);
		}
	}

	private Listener newListener(DaemonOptions.ListenerOptions options, TcpListener socket, @Nullable Long givenBackBy) {
		KernelQueue queue = Objects.requireNonNull(this.queues.find(options.queue()));
		return new Listener(options, queue, socket, this.requests, this.maxSilent, givenBackBy);
	}

	/**
	 * Wait until all listeners are there: given back by a worker, or bound because whoever
	 * had the port has let go of it.
	 * @throws ListenerBindException if one is not there in time
	 */
	synchronized void awaitAll(Duration timeout) {
		long deadline = System.nanoTime() + timeout.toNanos();
		DaemonOptions.ListenerOptions missing = missing();
		if (missing != null) {
			logger.info("{} is taken{}. Waiting at most {} for a worker that gives it back",
					Listener.format(missing.address()), PortHolder.describe(missing.address().getPort()), timeout);
		}
		while (missing != null) {
			long left = deadline - System.nanoTime();
			if (left <= 0 || this.closed || Thread.currentThread().isInterrupted()) {
				throw new ListenerBindException(missing.address(), Objects.requireNonNull(this.problem),
						PortHolder.describe(missing.address().getPort()));
			}
			try {
				TimeUnit.NANOSECONDS.timedWait(this, Math.min(left, BIND_INTERVAL.toNanos()));
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			bind();
			missing = missing();
		}
		this.complete = true;
	}

	private DaemonOptions.@Nullable ListenerOptions missing() {
		for (int i = 0; i < this.listeners.length; i++) {
			if (this.listeners[i] == null) {
				return this.options.get(i);
			}
		}
		return null;
	}

	/**
	 * Take what a worker gives back: adopt it if it is missing, close it if it is here
	 * already, and end it for all if it is not wanted any more.
	 * @param descriptor what was given back; closed or moved
	 * @param pid the process of the worker
	 * @throws IOException if it is no listener
	 */
	void giveBack(Descriptor descriptor, long pid) throws IOException {
		try (descriptor) {
			TcpListener socket = TcpListener.adopt(descriptor);
			if (!adopt(socket, pid)) {
				close(socket);
			}
		}
	}

	private synchronized boolean adopt(TcpListener socket, long pid) throws IOException {
		if (this.closed) {
			return false;
		}
		for (int i = 0; i < this.listeners.length; i++) {
			DaemonOptions.ListenerOptions options = this.options.get(i);
			if (this.listeners[i] == null && options.address().equals(socket.address())) {
				try {
					socket.setBacklog(options.backlog());
				}
				catch (IOException ex) {
					socket.close();
					throw ex;
				}
				this.listeners[i] = newListener(options, socket, pid);
				logger.info("Adopted the listener on {}, which the worker with pid {} had kept",
						Listener.format(socket.address()), pid);
				notifyAll();
				return true;
			}
		}
		return false;
	}

	private void close(TcpListener socket) {
		if (isWanted(socket.address())) {
			socket.close();
			return;
		}
		logger.info("Closed the listener on {}, which is not configured any more", Listener.format(socket.address()));
		socket.closeForAll();
	}

	private synchronized boolean isWanted(InetSocketAddress address) {
		return this.options.stream().anyMatch((options) -> options.address().equals(address))
				|| present().anyMatch((listener) -> listener.address().equals(address));
	}

	private Stream<Listener> present() {
		return Stream.of(this.listeners).filter(Objects::nonNull);
	}

	/**
	 * Duplicate what workers should keep: all listeners, and before these are complete those
	 * that workers have kept already.
	 * @return duplicates, to be closed by the caller
	 */
	synchronized List<Descriptor> duplicates() throws IOException {
		List<Descriptor> duplicates = new ArrayList<>();
		try {
			for (Listener listener : all()) {
				if (this.complete || listener.givenBackBy() != null) {
					duplicates.add(listener.duplicate());
				}
			}
			return duplicates;
		}
		catch (IOException ex) {
			duplicates.forEach(Descriptor::close);
			throw ex;
		}
	}

	/**
	 * Return the listeners that are there.
	 */
	synchronized List<Listener> all() {
		return present().toList();
	}

	/**
	 * Close them here. Workers keep what they have.
	 */
	@Override
	public synchronized void close() {
		this.closed = true;
		all().forEach(Listener::close);
	}

	/**
	 * Close them for all who keep them.
	 */
	synchronized void closeForAll() {
		this.closed = true;
		all().forEach(Listener::closeForAll);
	}

}
