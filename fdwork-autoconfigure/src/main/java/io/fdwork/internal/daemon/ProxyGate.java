package io.fdwork.internal.daemon;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

import io.fdwork.daemon.ProxyProtocol;
import io.fdwork.descriptor.ReadinessObserver;
import io.fdwork.descriptor.ReadinessSet;
import io.fdwork.descriptor.TcpConnection;
import io.fdwork.internal.count.Counts;
import io.fdwork.internal.failure.Failures;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the connections of a listener say by a header of the PROXY protocol whose they
 * are: takes the header off each, and hands the connection on with the addresses that it
 * says. A header that has not come whole is waited for, as silent clients are, without
 * holding up the others; and then for the client, where that is wanted. Of the accepting
 * thread, but for the counts.
 */
final class ProxyGate {

	private static final Logger logger = LoggerFactory.getLogger(ProxyGate.class);

	private final ProxyProtocol protocol;

	private final @Nullable Duration dataTimeout;

	private final Consumer<TcpConnection> greeted;

	private final ReadinessObserver silent;

	private final ByteBuffer buffer = ByteBuffer.allocateDirect(ProxyHeader.MAX_LENGTH);

	private final Counts<ProxyRefusal> refused = new Counts<>(ProxyRefusal.class);

	private final Failures failures = new Failures();

	private @Nullable ReadinessSet waiting;

	/**
	 * Create a gate.
	 * @param dataTimeout how long a client may take to send something behind the header,
	 * {@code null} if that is not waited for
	 * @param greeted takes the connections whose headers have come
	 * @param silent is told of those that have sent nothing at all, or nothing else
	 */
	ProxyGate(ProxyProtocol protocol, @Nullable Duration dataTimeout, Consumer<TcpConnection> greeted,
			ReadinessObserver silent) {
		this.protocol = protocol;
		this.dataTimeout = dataTimeout;
		this.greeted = greeted;
		this.silent = silent;
	}

	/**
	 * Set where connections wait. Before the first comes.
	 */
	void waitIn(ReadinessSet waiting) {
		this.waiting = waiting;
	}

	/**
	 * Return whether the headers of a peer are believed.
	 */
	boolean admits(InetSocketAddress peer) {
		if (this.protocol.from().stream().anyMatch((network) -> network.contains(peer.getAddress()))) {
			return true;
		}
		refuse(ProxyRefusal.FOREIGN, peer, "it is of no network of proxy-protocol-from, " + this.protocol.from());
		return false;
	}

	/**
	 * Take a connection that has sent something.
	 * @param connection the connection; moved
	 */
	void take(TcpConnection connection) {
		new Greeting(connection).ready(connection);
	}

	private void refuse(ProxyRefusal cause, InetSocketAddress peer, String reason) {
		this.refused.increment(cause);
		if (this.failures.isFirst(cause)) {
			logger.warn("Refused a connection from {} that must begin with a PROXY header: {}. Logged once; see the "
					+ "meter fdwork.listener.refused", Listener.format(peer), reason);
		}
	}

	/**
	 * Return how many connections were refused, by cause.
	 */
	Map<ProxyRefusal, Long> refused() {
		return this.refused.toMap();
	}

	/**
	 * One connection, until its header has come, and its client has sent something.
	 */
	private final class Greeting implements ReadinessObserver {

		private final ProxyHeader header = new ProxyHeader(ProxyGate.this.protocol.version());

		private final InetSocketAddress peer;

		private final long sinceNanos;

		private boolean complete;

		Greeting(TcpConnection connection) {
			this.peer = connection.remote();
			this.sinceNanos = connection.idleSinceNanos();
		}

		@Override
		public void ready(TcpConnection connection) {
			if (this.complete) {
				ProxyGate.this.greeted.accept(connection);
				return;
			}
			TcpConnection said;
			try {
				this.complete = readHeader(connection);
				// Whoever drips bytes gets no more time than whoever sends none
				said = (this.complete) ? said(connection) : connection.after(0, this.sinceNanos);
			}
			catch (ProxyHeaderException ex) {
				connection.descriptor().close();
				refuse(ex.refusal(), this.peer, String.valueOf(ex.getMessage()));
				return;
			}
			catch (IOException ex) {
				logger.debug("{} has gone", this.peer, ex);
				connection.descriptor().close();
				left();
				return;
			}
			Duration timeout = (this.complete) ? ProxyGate.this.dataTimeout : ProxyGate.this.protocol.timeout();
			if (timeout == null || (this.complete && said.hasUnread())) {
				ProxyGate.this.greeted.accept(said);
			}
			else {
				await(said, timeout);
			}
		}

		private TcpConnection said(TcpConnection connection) throws ProxyHeaderException {
			ProxyHeader.Addresses said = this.header.addresses();
			return ((said != null) ? connection.between(said.remote(), said.local()) : connection).after(0,
					System.nanoTime());
		}

		private boolean readHeader(TcpConnection connection) throws ProxyHeaderException, IOException {
			ByteBuffer buffer = ProxyGate.this.buffer;
			for (int missing = this.header.missing(); missing > 0; missing = this.header.missing()) {
				int read = connection.read(buffer.clear().limit(missing));
				if (read < 0) {
					throw new EOFException("The end of the connection");
				}
				if (read == 0) {
					return false;
				}
				this.header.append(buffer.flip());
			}
			return true;
		}

		private void await(TcpConnection connection, Duration timeout) {
			ReadinessSet waiting = Objects.requireNonNull(ProxyGate.this.waiting);
			if (!waiting.add(connection, timeout, this)) {
				connection.descriptor().close();
				evicted();
			}
		}

		private boolean isSilent() {
			return this.complete || this.header.length() == 0;
		}

		@Override
		public void left() {
			if (isSilent()) {
				// A balancer that only looks whether somebody listens
				ProxyGate.this.silent.left();
			}
			else {
				refuse(ProxyRefusal.CUT, this.peer, "it ended after " + this.header.length() + " bytes");
			}
		}

		@Override
		public void timedOut() {
			if (isSilent()) {
				ProxyGate.this.silent.timedOut();
			}
			else {
				refuse(ProxyRefusal.SLOW, this.peer, "of its header " + this.header.length() + " bytes came within "
						+ ProxyGate.this.protocol.timeout());
			}
		}

		@Override
		public void evicted() {
			if (isSilent()) {
				ProxyGate.this.silent.evicted();
			}
			else {
				refuse(ProxyRefusal.SLOW, this.peer, "others that are silent, too, needed its place");
			}
		}

	}

}
