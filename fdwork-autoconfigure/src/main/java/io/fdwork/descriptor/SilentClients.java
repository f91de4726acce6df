package io.fdwork.descriptor;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/**
 * Connections that were accepted before their clients have sent something, and are kept
 * aside until these have. As many as {@code max} may be silent; those that have sent
 * something and were not taken are no more than that, as nothing is accepted meanwhile.
 * Safe for all threads.
 */
final class SilentClients implements ReadinessObserver, AutoCloseable {

	private final ReadinessSet set;

	private final Duration timeout;

	private final Runnable spokenTo;

	private final Queue<TcpConnection> spoken = new ConcurrentLinkedQueue<>();

	// Those that have spoken and were not taken included
	private final AtomicInteger size = new AtomicInteger();

	private volatile boolean closed;

	SilentClients(String threadName, Duration timeout, int max, Runnable spokenTo) {
		this.set = new ReadinessSet(threadName, max, this);
		this.timeout = timeout;
		this.spokenTo = spokenTo;
	}

	/**
	 * Keep a connection.
	 * @param connection the connection; moved or closed
	 */
	void keep(TcpConnection connection) {
		this.size.incrementAndGet();
		if (!this.set.add(connection, this.timeout)) {
			connection.descriptor().close();
			evicted();
		}
	}

	/**
	 * Take a connection whose client has sent something.
	 * @return the connection, {@code null} if there is none
	 */
	@Nullable TcpConnection take() {
		TcpConnection connection = this.spoken.poll();
		if (connection != null) {
			this.size.decrementAndGet();
		}
		return connection;
	}

	boolean hasSpoken() {
		return !this.spoken.isEmpty();
	}

	long size() {
		return this.size.get();
	}

	/**
	 * Wait until a client has sent something, or something else has changed.
	 */
	synchronized void await(Duration timeout) throws InterruptedException {
		if (!hasSpoken() && size() > 0 && !this.closed) {
			TimeUnit.NANOSECONDS.timedWait(this, timeout.toNanos());
		}
	}

	synchronized void wake() {
		notifyAll();
	}

	@Override
	public void ready(TcpConnection connection) {
		this.spoken.add(connection);
		if (this.closed) {
			closeSpoken();
		}
		tell();
	}

	@Override
	public void left() {
		gone();
	}

	@Override
	public void timedOut() {
		gone();
	}

	@Override
	public void evicted() {
		gone();
	}

	private void gone() {
		this.size.decrementAndGet();
		tell();
	}

	private void tell() {
		wake();
		this.spokenTo.run();
	}

	/**
	 * Close those whose clients have sent nothing yet.
	 */
	void dismiss() {
		this.set.shed(Integer.MAX_VALUE, true);
	}

	private void closeSpoken() {
		for (TcpConnection next = take(); next != null; next = take()) {
			next.descriptor().shutdownOutput();
			next.descriptor().close();
		}
	}

	@Override
	public void close() {
		this.closed = true;
		this.set.close();
		closeSpoken();
		wake();
	}

}
