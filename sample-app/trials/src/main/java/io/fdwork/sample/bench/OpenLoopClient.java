package io.fdwork.sample.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import org.HdrHistogram.Histogram;

/**
 * Sends requests when they are to be sent, however late the answers to those before are,
 * each on a connection of its own, and takes the time from when each was to be sent until
 * its connection has ended. So a server that is slow for a moment does not make the load
 * wait, and what had to wait counts.
 * <p>
 * One thread runs it, once.
 */
final class OpenLoopClient {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final long SHORT_WAIT_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

	private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

	private static final int BUFFER_BYTES = 64 * 1024;

	private static final String GOOD = "HTTP/1.1 200 ";

	private final InetSocketAddress address;

	private final Arrivals arrivals;

	private final List<ByteBuffer> requests;

	private final List<Histogram> times;

	private final Histogram values = histogram();

	private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);

	private final CountDownLatch sent = new CountDownLatch(1);

	private int open;

	private long answered;

	private long failed;

	/**
	 * Create a client.
	 * @param port where to connect to, on the loopback address
	 * @param arrivals when to send what
	 * @param paths what to ask for, for each kind of arrival
	 */
	OpenLoopClient(int port, Arrivals arrivals, List<String> paths) {
		this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
		this.arrivals = arrivals;
		this.requests = paths.stream()
			.map((path) -> "GET " + path + " HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
			.map((request) -> ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)))
			.toList();
		this.times = IntStream.range(0, paths.size()).mapToObj((kind) -> histogram()).toList();
	}

	private static Histogram histogram() {
		return new Histogram(TimeUnit.MINUTES.toNanos(10), 3);
	}

	/**
	 * Send all requests, and wait for the end of their connections. One that has not
	 * ended after 30 s has failed, and that is its time.
	 */
	void run() throws IOException {
		try (Selector selector = Selector.open()) {
			try {
				run(selector);
			}
			finally {
				for (SelectionKey key : selector.keys()) {
					key.channel().close();
				}
			}
		}
	}

	private void run(Selector selector) throws IOException {
		long start = System.nanoTime() + MILLI;
		long nextCheck = start + PATIENCE.toNanos();
		int next = 0;
		while (next < this.arrivals.count() || this.open > 0) {
			long now = System.nanoTime();
			while (next < this.arrivals.count() && start + this.arrivals.nanos()[next] <= now) {
				connect(selector, this.arrivals.kinds()[next], start + this.arrivals.nanos()[next]);
				next++;
			}
			if (next == this.arrivals.count()) {
				this.sent.countDown();
			}
			if (now - nextCheck > 0) {
				nextCheck = now + TimeUnit.SECONDS.toNanos(1);
				giveUp(selector, now);
			}
			long idle = (next < this.arrivals.count()) ? start + this.arrivals.nanos()[next] - System.nanoTime()
					: TimeUnit.SECONDS.toNanos(1);
			select(selector, idle);
		}
	}

	private void select(Selector selector, long idleNanos) throws IOException {
		if (idleNanos > MILLI) {
			selector.select(this::proceed, TimeUnit.NANOSECONDS.toMillis(idleNanos));
			return;
		}
		// A selector waits for whole milliseconds
		if (selector.selectNow(this::proceed) == 0 && idleNanos > 0) {
			LockSupport.parkNanos(Math.min(idleNanos, SHORT_WAIT_NANOS));
		}
	}

	private void connect(Selector selector, int kind, long dueNanos) throws IOException {
		SocketChannel channel = SocketChannel.open();
		Exchange exchange = new Exchange(kind, dueNanos);
		this.open++;
		try {
			channel.configureBlocking(false);
			if (channel.connect(this.address)) {
				send(channel, channel.register(selector, SelectionKey.OP_READ, exchange));
			}
			else {
				channel.register(selector, SelectionKey.OP_CONNECT, exchange);
			}
		}
		catch (IOException ex) {
			end(channel, exchange, false);
		}
	}

	private void send(SocketChannel channel, SelectionKey key) throws IOException {
		ByteBuffer request = this.requests.get(((Exchange) key.attachment()).kind).duplicate();
		channel.write(request);
		if (request.hasRemaining()) {
			throw new IOException("The buffer of a new connection takes no request");
		}
		key.interestOps(SelectionKey.OP_READ);
	}

	private void proceed(SelectionKey key) {
		SocketChannel channel = (SocketChannel) key.channel();
		Exchange exchange = (Exchange) key.attachment();
		try {
			if (key.isConnectable() && channel.finishConnect()) {
				send(channel, key);
			}
			else if (key.isReadable() && !read(channel, exchange)) {
				end(channel, exchange, exchange.head.toString().startsWith(GOOD));
			}
		}
		catch (IOException ex) {
			end(channel, exchange, false);
		}
	}

	private boolean read(SocketChannel channel, Exchange exchange) throws IOException {
		this.buffer.clear();
		int count = channel.read(this.buffer);
		if (count > 0 && exchange.head.length() < BUFFER_BYTES) {
			exchange.head.append(new String(this.buffer.array(), 0, count, StandardCharsets.ISO_8859_1));
		}
		return count >= 0;
	}

	private void end(SocketChannel channel, Exchange exchange, boolean good) {
		this.open--;
		this.times.get(exchange.kind).recordValue(Math.max(0, System.nanoTime() - exchange.dueNanos));
		if (good) {
			this.answered++;
			exchange.recordNumber(this.values);
		}
		else {
			this.failed++;
		}
		try {
			channel.close();
		}
		catch (IOException ex) {
			throw new IllegalStateException("A connection cannot be closed", ex);
		}
	}

	private void giveUp(Selector selector, long now) {
		for (SelectionKey key : selector.keys()) {
			Exchange exchange = (Exchange) key.attachment();
			if (key.isValid() && now - exchange.dueNanos > PATIENCE.toNanos()) {
				end((SocketChannel) key.channel(), exchange, false);
			}
		}
	}

	/**
	 * Wait until all requests have been sent, with another thread than the one that runs.
	 * @return whether they have, in time
	 */
	boolean awaitSent(Duration patience) throws InterruptedException {
		return this.sent.await(patience.toMillis(), TimeUnit.MILLISECONDS);
	}

	/**
	 * Return the times of the requests of a kind, in nanoseconds.
	 */
	Histogram times(int kind) {
		return this.times.get(kind);
	}

	/**
	 * Return the numbers that were the bodies of answers.
	 */
	Histogram values() {
		return this.values;
	}

	long answered() {
		return this.answered;
	}

	long failed() {
		return this.failed;
	}

	/**
	 * A request and its answer.
	 */
	private static final class Exchange {

		private final int kind;

		private final long dueNanos;

		private final StringBuilder head = new StringBuilder(256);

		Exchange(int kind, long dueNanos) {
			this.kind = kind;
			this.dueNanos = dueNanos;
		}

		void recordNumber(Histogram histogram) {
			String body = this.head.substring(this.head.indexOf("\r\n\r\n") + 4).strip();
			if (body.chars().allMatch(Character::isDigit) && !body.isEmpty() && body.length() < 12) {
				histogram.recordValue(Math.min(Long.parseLong(body), histogram.getHighestTrackableValue()));
			}
		}

	}

}
