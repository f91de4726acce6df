package io.fdwork.sample.soak;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * Makes connections as fast as it goes, a bounded number at a time, each with one request
 * that has an answer of its own. The server closes them: so its end waits for late
 * segments, and no port of the client is taken by that.
 * <p>
 * One thread runs it, once.
 */
final class SoakClient {

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(10);

	private static final long CHECK_MILLIS = 1_000;

	/**
	 * After so many failures the rest says nothing new.
	 */
	private static final int MAX_FAILURES = 1_000;

	private static final int MAX_EXAMPLES = 10;

	private static final int BUFFER_BYTES = 8 * 1024;

	private final InetSocketAddress address;

	private final int connections;

	private final int concurrency;

	private final Duration limit;

	private final Duration patience;

	private final Map<Failure, Integer> failures = new EnumMap<>(Failure.class);

	private final List<String> examples = new ArrayList<>();

	private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);

	private int begun;

	private int open;

	private int served;

	private int failed;

	/**
	 * Create a client.
	 * @param port where to connect to, on the loopback address
	 * @param connections how many connections to make
	 * @param concurrency how many at a time
	 * @param limit after which no more are made
	 */
	SoakClient(int port, int connections, int concurrency, Duration limit) {
		this(port, connections, concurrency, limit, PATIENCE);
	}

	SoakClient(int port, int connections, int concurrency, Duration limit, Duration patience) {
		this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
		this.connections = connections;
		this.concurrency = concurrency;
		this.limit = limit;
		this.patience = patience;
	}

	/**
	 * Make all connections, and wait for their ends.
	 * @param progress is told every ten seconds
	 * @return what became of them
	 */
	Outcome run(Consumer<Outcome> progress) throws IOException {
		long start = System.nanoTime();
		try (Selector selector = Selector.open()) {
			try {
				run(selector, start, progress);
			}
			finally {
				for (SelectionKey key : selector.keys()) {
					key.channel().close();
				}
			}
		}
		return outcome(start);
	}

	private void run(Selector selector, long start, Consumer<Outcome> progress) throws IOException {
		long nextProgress = start + PROGRESS_NANOS;
		long nextCheck = start;
		while (this.open > 0 || mayBegin(start)) {
			while (this.open < this.concurrency && mayBegin(start)) {
				begin(selector);
			}
			selector.select(this::proceed, CHECK_MILLIS);
			long now = System.nanoTime();
			if (now - nextCheck >= 0) {
				nextCheck = now + TimeUnit.MILLISECONDS.toNanos(CHECK_MILLIS);
				giveUp(selector);
			}
			if (now - nextProgress >= 0) {
				nextProgress += PROGRESS_NANOS;
				progress.accept(outcome(start));
			}
		}
	}

	private boolean mayBegin(long start) {
		return this.begun < this.connections && this.failed < MAX_FAILURES
				&& System.nanoTime() - start < this.limit.toNanos();
	}

	private void begin(Selector selector) {
		Exchange exchange = new Exchange(++this.begun);
		@Nullable SocketChannel channel = null;
		this.open++;
		try {
			channel = SocketChannel.open();
			channel.configureBlocking(false);
			if (channel.connect(this.address)) {
				send(channel, channel.register(selector, SelectionKey.OP_READ, exchange));
			}
			else {
				channel.register(selector, SelectionKey.OP_CONNECT, exchange);
			}
		}
		catch (IOException ex) {
			end(channel, exchange, (channel != null) ? failure(ex) : Failure.LOCAL, ex.toString());
		}
	}

	private static void send(SocketChannel channel, SelectionKey key) throws IOException {
		ByteBuffer request = ((Exchange) key.attachment()).request();
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
				end(channel, exchange, exchange.failure(), exchange.text());
			}
		}
		catch (IOException ex) {
			end(channel, exchange, failure(ex), ex.toString());
		}
	}

	private boolean read(SocketChannel channel, Exchange exchange) throws IOException {
		this.buffer.clear();
		int count = channel.read(this.buffer);
		if (count > 0 && exchange.answer.size() < BUFFER_BYTES) {
			exchange.answer.write(this.buffer.array(), 0, count);
		}
		return count >= 0;
	}

	private static Failure failure(IOException ex) {
		// What the JDK makes of EADDRNOTAVAIL: no port is left
		if (ex instanceof BindException) {
			return Failure.LOCAL;
		}
		return (ex instanceof ConnectException) ? Failure.REFUSED : Failure.RESET;
	}

	private void end(@Nullable SocketChannel channel, Exchange exchange, @Nullable Failure failure, String example) {
		this.open--;
		if (failure == null) {
			this.served++;
		}
		else {
			this.failed++;
			this.failures.merge(failure, 1, Integer::sum);
			if (this.examples.size() < MAX_EXAMPLES) {
				this.examples.add("connection " + exchange.number + " " + failure + ": " + example.lines().toList());
			}
		}
		try {
			if (channel != null) {
				channel.close();
			}
		}
		catch (IOException ex) {
			throw new IllegalStateException("A connection cannot be closed", ex);
		}
	}

	// Counts checks, not time, which also passes while this process is stopped
	private void giveUp(Selector selector) {
		for (SelectionKey key : selector.keys()) {
			Exchange exchange = (Exchange) key.attachment();
			if (key.isValid() && exchange.checks++ > this.patience.toMillis() / CHECK_MILLIS) {
				end((SocketChannel) key.channel(), exchange, Failure.TIMED_OUT, "after " + this.patience);
			}
		}
	}

	private Outcome outcome(long start) {
		return new Outcome(this.connections, this.begun, this.served, new EnumMap<>(this.failures),
				List.copyOf(this.examples), Duration.ofNanos(System.nanoTime() - start));
	}

	/**
	 * What became of connections.
	 *
	 * @param wanted how many were to be made
	 * @param begun how many were made
	 * @param served how many were answered
	 * @param failures how many were not, by why
	 * @param examples of failures, for a human
	 * @param time how long it took
	 */
	record Outcome(int wanted, int begun, int served, Map<Failure, Integer> failures, List<String> examples,
			Duration time) {

		int failed() {
			return this.failures.values().stream().mapToInt(Integer::intValue).sum();
		}

		double perSecond() {
			return this.served / Math.max(this.time.toNanos() / 1e9, 1e-9);
		}

	}

	/**
	 * A request and its answer.
	 */
	private static final class Exchange {

		private static final String GOOD = "HTTP/1.1 200 ";

		private static final String END_OF_HEAD = "\r\n\r\n";

		private final int number;

		private final ByteArrayOutputStream answer = new ByteArrayOutputStream(256);

		private int checks;

		Exchange(int number) {
			this.number = number;
		}

		String text() {
			return this.answer.toString(StandardCharsets.ISO_8859_1);
		}

		private String body() {
			return "soak-" + this.number;
		}

		ByteBuffer request() {
			String body = body();
			return StandardCharsets.US_ASCII
				.encode("POST /echo HTTP/1.1\r\nHost: soak\r\nConnection: close\r\nContent-Length: " + body.length()
						+ END_OF_HEAD + body);
		}

		/**
		 * Return what is wrong with the answer of a connection that has ended,
		 * {@code null} for nothing.
		 */
		@Nullable Failure failure() {
			String text = text();
			int head = text.indexOf(END_OF_HEAD);
			if (head < 0) {
				return Failure.CLOSED;
			}
			String body = text.substring(head + END_OF_HEAD.length());
			if (text.startsWith(GOOD) && body.equals(body())) {
				return null;
			}
			return (text.startsWith(GOOD) && body().startsWith(body)) ? Failure.CLOSED : Failure.WRONG;
		}

	}

}
