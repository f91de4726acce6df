package io.fdwork.internal.daemon;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.AddressInUseException;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.TcpListener;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.systemd.Notifier;
import io.fdwork.internal.systemd.PassedSocket;
import io.fdwork.internal.systemd.Systemd;
import io.fdwork.internal.wire.ControlMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners of a daemon: those that it binds, and those that workers give back
 * because they have kept them for a daemon that died. Safe for all threads.
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

	// Where systemd listens, and goes on when nobody here does
	private final Set<InetSocketAddress> addressesOfSystemd = new HashSet<>();

	private @Nullable IOException problem;

	private boolean complete;

	private boolean closed;

	Listeners(DaemonOptions options, KernelQueues queues, RequestSink requests) {
		this.options = List.copyOf(options.getListeners());
		if (this.options.size() > ControlMessage.MAX_LISTENERS) {
			throw new IllegalArgumentException(
					"A daemon has at most " + ControlMessage.MAX_LISTENERS + " listeners, not " + this.options.size());
		}
		for (DaemonOptions.ListenerOptions listener : this.options) {
			if (queues.find(listener.queue()) == null) {
				throw new UnknownQueueException(listener.queue(), queues.names());
			}
		}
		this.queues = queues;
		this.requests = requests;
		this.maxSilent = HomeRoom.bound(options.getMaxIdleConnections(), this.options.size());
		this.listeners = new Listener[this.options.size()];
	}

	/**
	 * Take over what systemd has passed. What is no listener of the configuration is
	 * closed.
	 */
	synchronized void adopt(Systemd systemd) {
		for (PassedSocket passed : systemd.takeSockets()) {
			try (passed) {
				adopt(passed, systemd.notifier());
			}
			catch (IOException ex) {
				logger.warn("Refused the socket '{}' from systemd: {}", passed.name(), ex.getMessage());
			}
		}
	}

	private void adopt(PassedSocket passed, Notifier notifier) throws IOException {
		TcpListener socket = TcpListener.adoptForeign(passed.descriptor());
		String address = Listener.format(socket.address());
		boolean stored = passed.name().equals(Listener.storeName(socket.address()));
		int index = find(socket);
		if (index >= 0) {
			DaemonOptions.ListenerOptions options = this.options.get(index);
			setBacklog(socket, options);
			this.listeners[index] = newListener(options, socket, null, !stored);
			logger.info("Adopted the listener on {}, which systemd has passed as '{}'", address, passed.name());
			return;
		}
		logger.info("Closed the socket on {}, which systemd has passed as '{}': no listener is configured for it, or "
				+ "another socket has its place", address, passed.name());
		if (stored) {
			notifier.removeFromStore(passed.name());
		}
		else {
			this.addressesOfSystemd.add(socket.address());
		}
		if (isWanted(socket.address())) {
			socket.close();
		}
		else {
			socket.closeForAll();
		}
	}

	private int find(TcpListener socket) {
		int found = -1;
		for (int i = 0; i < this.listeners.length; i++) {
			InetSocketAddress wanted = this.options.get(i).address();
			if (this.listeners[i] == null && wanted.equals(socket.address())) {
				return i;
			}
			// A unit that says no address has a socket of both kinds, and it has one
			// of IPv4 where fdwork would have both
			if (this.listeners[i] == null && wanted.getPort() == socket.address().getPort()
					&& wanted.getAddress().isAnyLocalAddress() && (socket.isDualStack() || isEveryIpv4(socket))) {
				found = i;
			}
		}
		return found;
	}

	private static boolean isEveryIpv4(TcpListener socket) {
		InetAddress address = socket.address().getAddress();
		return address instanceof Inet4Address && address.isAnyLocalAddress();
	}

	private static void setBacklog(TcpListener socket, DaemonOptions.ListenerOptions options) throws IOException {
		try {
			socket.setBacklog(options.backlog());
		}
		catch (Throwable ex) {
			socket.close();
			throw ex;
		}
	}

	/**
	 * Let systemd keep the listeners for the next daemon.
	 */
	void store(Notifier notifier) {
		for (Listener listener : all()) {
			String name = listener.storeName();
			if (name != null) {
				try (Descriptor duplicate = listener.duplicate()) {
					notifier.store(name, duplicate);
				}
				catch (IOException ex) {
					logger.warn("systemd cannot keep the listener on {}", Listener.format(listener.address()), ex);
				}
			}
		}
	}

	/**
	 * Let systemd keep the listeners no more.
	 */
	void removeFromStore(Notifier notifier) {
		all().stream().map(Listener::storeName).filter(Objects::nonNull).forEach(notifier::removeFromStore);
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
			return newListener(options, TcpListener.bind(options.address(), options.backlog()), null, false);
		}
		catch (AddressInUseException ex) {
			this.problem = ex;
			return null;
		}
		catch (IOException ex) {
			throw new ListenerBindException(options.address(), ex, null);
		}
	}

	private Listener newListener(DaemonOptions.ListenerOptions options, TcpListener socket, @Nullable Long givenBackBy,
			boolean ofSystemd) {
		return new Listener(options, this.queues, socket, this.requests, this.maxSilent, givenBackBy, ofSystemd);
	}

	/**
	 * Wait until all listeners are there: given back by a worker, or bound because
	 * whoever had the port has let go of it.
	 * @throws ListenerBindException if one is not there in time
	 */
	void awaitAll(Duration timeout) {
		long deadline = System.nanoTime() + timeout.toNanos();
		DaemonOptions.ListenerOptions missing = missing();
		if (missing != null) {
			// Looks at all processes: without the lock, so that
			// a worker can give it back meanwhile
			logger.info("{} is taken{}. Waiting at most {} for a worker that gives it back",
					Listener.format(missing.address()), PortHolder.describe(missing.address().getPort()), timeout);
		}
		awaitAll(deadline);
	}

	private synchronized void awaitAll(long deadline) {
		DaemonOptions.ListenerOptions missing = missing();
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

	/**
	 * Return whether all listeners are there.
	 */
	boolean isComplete() {
		return missing() == null;
	}

	private synchronized DaemonOptions.@Nullable ListenerOptions missing() {
		for (int i = 0; i < this.listeners.length; i++) {
			if (this.listeners[i] == null) {
				return this.options.get(i);
			}
		}
		return null;
	}

	/**
	 * Take back what a worker has kept: adopt it if it is missing, close it if it is here
	 * already, and end it for all if it is not wanted any more.
	 * @param descriptor what was given back; closed or moved
	 * @param pid the process of the worker
	 * @throws IOException if it is no listener
	 */
	void takeBack(Descriptor descriptor, long pid) throws IOException {
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
				setBacklog(socket, options);
				this.listeners[i] = newListener(options, socket, pid, false);
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
		return this.addressesOfSystemd.contains(address)
				|| this.options.stream().anyMatch((options) -> options.address().equals(address))
				|| present().anyMatch((listener) -> listener.address().equals(address));
	}

	private Stream<Listener> present() {
		return Stream.of(this.listeners).filter(Objects::nonNull);
	}

	/**
	 * Duplicate what workers should keep: all listeners, and before these are complete
	 * those that workers have kept already.
	 * @return duplicates, to be closed by the caller
	 */
	synchronized KeptListeners kept() throws IOException {
		return KeptListeners
			.of(present().filter((listener) -> this.complete || listener.givenBackBy() != null).toList());
	}

	/**
	 * Duplicate what workers still need that keep nothing for the next daemon: the open
	 * listeners that they accept from.
	 * @return duplicates, to be closed by the caller
	 */
	synchronized KeptListeners acceptedByWorkers() throws IOException {
		return KeptListeners.of(present().filter((listener) -> listener.isByWorkers() && listener.isOpen()).toList());
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
