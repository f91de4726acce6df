package io.fdwork.internal.daemon;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;

import io.fdwork.ConnectionHistory;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.DescriptorTable;
import io.fdwork.descriptor.ReadinessObserver;
import io.fdwork.descriptor.ReadinessSet;
import io.fdwork.descriptor.TcpConnection;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.internal.failure.Failures;
import io.fdwork.internal.recovery.Recovery;
import io.fdwork.internal.wire.AddressText;
import io.fdwork.internal.wire.Place;
import io.fdwork.internal.wire.Returned;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections that workers gave back because they wait for the next request. When the
 * client sends it, its connection is put again, as one that was just accepted. Each queue
 * has a set and a thread of its own, so that one that is full holds up no other. Safe for
 * all threads.
 */
final class IdleConnections implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(IdleConnections.class);

	/**
	 * How long a connection may be idle of whose server nothing is known.
	 */
	private static final Duration UNTOLD_TIMEOUT = Duration.ofMinutes(1);

	private final DaemonOptions options;

	private final RequestSink requests;

	private final Predicate<String> isAwaited;

	private final List<Held> held = new ArrayList<>();

	private volatile @Nullable Recovery recovery;

	/**
	 * Create an object that holds nothing.
	 * @param isAwaited whether requests wait in a queue, of a name
	 */
	IdleConnections(DaemonOptions options, Collection<String> queues, RequestSink requests,
			Predicate<String> isAwaited) {
		this.options = options;
		this.isAwaited = isAwaited;
		this.requests = requests;
		queues.forEach((queue) -> this.held.add(new Held(queue)));
	}

	/**
	 * Say who holds what is in service, and is told what comes back from there.
	 */
	void tell(Recovery recovery) {
		this.recovery = recovery;
	}

	/**
	 * Take back a connection, and hold it until its client sends something.
	 * @param queue where it goes then
	 * @param descriptor the connection; moved or closed
	 * @param returned what the worker says of it, {@code null} if it says nothing
	 * @throws IOException if it is no TCP connection
	 */
	void takeBack(String queue, Descriptor descriptor, @Nullable Returned returned) throws IOException {
		takeBack(queue, descriptor, returned, 0);
	}

	/**
	 * Take back a connection, as {@link #takeBack(String, Descriptor, Returned)}, and
	 * give it a place in the table if it has none.
	 * @param worker the number of the worker in the table, 0 for none
	 * @return the place that it has got, {@code null} if it had one or has got none
	 */
	@Nullable Place takeBack(String queue, Descriptor descriptor, @Nullable Returned returned, int worker) throws IOException {
		try (descriptor) {
			Place place = null;
			TcpConnection connection = TcpConnection.of(descriptor);
			if (connection != null && returned != null) {
				connection = between(connection, returned).after(Math.max(0, returned.requests()),
						returned.idleSinceNanos());
			}
			Recovery recovery = this.recovery;
			if (recovery != null && returned != null && recovery.knows(returned.place())) {
				recovery.cameHome(Objects.requireNonNull(returned.place()),
						(connection != null) ? connection.descriptor() : null);
			}
			else if (recovery != null && connection != null && worker > 0) {
				place = recovery.arrive(queue, connection.descriptor(), worker);
			}
			for (Held held : this.held) {
				if (held.queue.equals(queue)) {
					held.takeBack(connection, timeout(returned));
				}
			}
			return place;
		}
	}

	/**
	 * Tell whose a connection is that a balancer has made, as the worker says.
	 */
	private static TcpConnection between(TcpConnection connection, Returned returned) {
		InetSocketAddress remote = AddressText.parse(returned.remote());
		InetSocketAddress local = AddressText.parse(returned.local());
		return (remote != null && local != null) ? connection.between(remote, local) : connection;
	}

	/**
	 * Return how long a connection may be idle: as its server says, and no longer than is
	 * configured here.
	 */
	private Duration timeout(@Nullable Returned returned) {
		Duration configured = this.options.getIdleTimeout();
		Long ofServer = (returned != null) ? returned.idleTimeoutNanos() : null;
		if (ofServer == null) {
			return (configured != null) ? configured : UNTOLD_TIMEOUT;
		}
		Duration timeout = (ofServer > 0 && ofServer < ReadinessSet.FOR_EVER.toNanos()) ? Duration.ofNanos(ofServer)
				: ReadinessSet.FOR_EVER;
		return (configured != null && configured.compareTo(timeout) < 0) ? configured : timeout;
	}

	/**
	 * Let those go that have been idle longest, as there are too few descriptors. Where
	 * nothing waits in the queue, workers take them; otherwise workers are short too, and
	 * they are closed.
	 * @param count how many
	 */
	void shed(int count) {
		Held most = this.held.stream().max(Comparator.comparingLong(Held::size)).orElse(null);
		if (most != null && most.size() > 0) {
			most.shed(count);
		}
	}

	/**
	 * Return what puts connections on their queues: for each queue that has some.
	 * @param silent whether to put those whose clients have sent nothing, too
	 * @param timeout how long each may take
	 */
	List<Runnable> resumptions(boolean silent, Duration timeout) {
		List<Runnable> resumptions = new ArrayList<>();
		for (Held held : this.held) {
			ReadinessSet set = held.current();
			if (set != null) {
				resumptions.add(() -> held.resume(set, silent, timeout));
			}
		}
		return resumptions;
	}

	List<DaemonSnapshot.IdleSnapshot> snapshots() {
		return this.held.stream().map(Held::snapshot).toList();
	}

	/**
	 * Close all connections, and those that come later.
	 */
	@Override
	public void close() {
		this.held.forEach(Held::close);
	}

	/**
	 * The idle connections of one queue.
	 */
	private final class Held implements ReadinessObserver {

		private final String queue;

		private final LongAdder returned = new LongAdder();

		private final LongAdder resumed = new LongAdder();

		private final LongAdder left = new LongAdder();

		private final LongAdder timedOut = new LongAdder();

		private final LongAdder evicted = new LongAdder();

		// Most daemons have queues of whose works none comes back
		private @Nullable ReadinessSet set;

		private boolean closed;

		private final Failures failures = new Failures();

		Held(String queue) {
			this.queue = queue;
		}

		void takeBack(@Nullable TcpConnection connection, Duration timeout) {
			this.returned.increment();
			if (connection == null) {
				left();
				return;
			}
			if (!hold(connection, timeout)) {
				TcpSockets.shutdown(connection.descriptor());
				connection.descriptor().close();
				evicted();
			}
		}

		private boolean hold(TcpConnection connection, Duration timeout) {
			try {
				ReadinessSet set = set();
				return set != null && set.add(connection, timeout);
			}
			catch (RuntimeException | Error ex) {
				// No descriptor is left for an epoll set, or no thread
				if (this.failures.isFirst("hold")) {
					logger.warn("An idle connection of queue '{}' cannot be held, closing it. Logged once", this.queue,
							ex);
				}
				return false;
			}
		}

		private synchronized @Nullable ReadinessSet set() {
			if (this.set == null && !this.closed) {
				this.set = new ReadinessSet("fdwork-idle-" + this.queue,
						IdleConnections.this.options.getMaxIdleConnections(), this);
			}
			return this.set;
		}

		long size() {
			ReadinessSet set = current();
			return (set != null) ? set.size() : 0;
		}

		void shed(int count) {
			ReadinessSet set = current();
			if (set == null) {
				return;
			}
			boolean close = IdleConnections.this.isAwaited.test(this.queue);
			if (close && this.failures.isFirst("shed")) {
				logger
					.warn("Closing the oldest idle connections of queue '{}': neither this daemon nor the workers have "
							+ "room for more. Raise ulimit -n of them, which is {} here. "
							+ "Logged once; see the meter fdwork.idle.ended", this.queue, DescriptorTable.limit());
			}
			set.shed(count, close);
		}

		void resume(ReadinessSet set, boolean silent, Duration timeout) {
			if (!set.resume(silent, timeout)) {
				logger.warn("Of the idle connections of queue '{}', {} were not put within {}", this.queue, set.size(),
						timeout);
			}
		}

		private synchronized @Nullable ReadinessSet current() {
			return this.set;
		}

		@Override
		public void ready(TcpConnection connection) {
			this.resumed.increment();
			Listener.request(connection, new ConnectionHistory(connection.requests(), connection.idleSinceNanos()),
					this.queue, IdleConnections.this.requests);
		}

		@Override
		public void left() {
			this.left.increment();
		}

		@Override
		public void timedOut() {
			this.timedOut.increment();
		}

		@Override
		public void evicted() {
			this.evicted.increment();
		}

		DaemonSnapshot.IdleSnapshot snapshot() {
			ReadinessSet set = current();
			return new DaemonSnapshot.IdleSnapshot(this.queue, (set != null) ? set.size() : 0, this.returned.sum(),
					this.resumed.sum(), this.left.sum(), this.timedOut.sum(), this.evicted.sum());
		}

		synchronized void close() {
			this.closed = true;
			if (this.set != null) {
				this.set.close();
			}
		}

	}

}
