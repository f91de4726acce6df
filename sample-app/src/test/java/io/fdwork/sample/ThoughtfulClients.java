package io.fdwork.sample;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

import io.fdwork.sample.fixture.Await;
import org.jspecify.annotations.Nullable;

/**
 * Clients that think between two requests and keep their connections alive, each with an
 * address of its own. None sends anything twice: a connection that ends without a word is
 * a failure.
 */
final class ThoughtfulClients implements AutoCloseable {

	private static final byte[] REQUEST = "GET /client HTTP/1.1\r\nHost: test\r\n\r\n"
		.getBytes(StandardCharsets.US_ASCII);

	/**
	 * How many requests a client sends before it opens a new connection of its own
	 * accord.
	 */
	private static final int REQUESTS = 8;

	private final ScheduledExecutorService executor;

	private final int port;

	private final long thinkMillis;

	private final LongAdder told = new LongAdder();

	private final Map<Long, LongAdder> answers = new ConcurrentHashMap<>();

	private final Queue<String> failures = new ConcurrentLinkedQueue<>();

	private volatile boolean stopped;

	/**
	 * Begin to send.
	 * @param port the port, on the loopback address
	 * @param clients how many there are
	 * @param thinkTime how long a client thinks at most
	 */
	ThoughtfulClients(int port, int clients, Duration thinkTime) throws IOException {
		this.port = port;
		this.thinkMillis = thinkTime.toMillis();
		this.executor = Executors.newScheduledThreadPool(clients);
		for (int i = 0; i < clients; i++) {
			think(new One(InetAddress.getByAddress(new byte[] { 127, 1, 0, (byte) (i + 1) })));
		}
	}

	private void think(One client) {
		if (!this.stopped) {
			this.executor.schedule(client, ThreadLocalRandom.current().nextLong(this.thinkMillis + 1),
					TimeUnit.MILLISECONDS);
		}
	}

	/**
	 * Wait until processes have given so many more answers.
	 */
	void awaitAnsweredBy(Iterable<Long> pids, long more) {
		long target = answeredBy(pids) + more;
		Await.until(() -> answeredBy(pids) >= target);
	}

	private long answeredBy(Iterable<Long> pids) {
		long count = 0;
		for (long pid : pids) {
			LongAdder answers = this.answers.get(pid);
			count += (answers != null) ? answers.sum() : 0;
		}
		return count;
	}

	/**
	 * Return how many answers said that they are the last of their connection.
	 */
	long toldToClose() {
		return this.told.sum();
	}

	/**
	 * Return what has failed.
	 */
	Queue<String> failures() {
		return this.failures;
	}

	@Override
	public void close() throws InterruptedException {
		this.stopped = true;
		this.executor.shutdownNow();
		this.executor.awaitTermination(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS);
	}

	/**
	 * One of them.
	 */
	private final class One implements Runnable {

		private final InetAddress address;

		private @Nullable Socket socket;

		private int requests;

		One(InetAddress address) {
			this.address = address;
		}

		@Override
		public void run() {
			try {
				Socket socket = connected();
				if (exchange(socket) || ++this.requests == REQUESTS) {
					disconnect();
				}
			}
			catch (IOException | RuntimeException ex) {
				ThoughtfulClients.this.failures.add(this.address + ", request " + this.requests + ": " + ex);
				disconnect();
			}
			think(this);
		}

		private Socket connected() throws IOException {
			Socket socket = this.socket;
			if (socket == null) {
				socket = new Socket();
				this.socket = socket;
				this.requests = 0;
				socket.bind(new InetSocketAddress(this.address, 0));
				socket.connect(new InetSocketAddress("127.0.0.1", ThoughtfulClients.this.port));
				socket.setSoTimeout((int) Await.PATIENCE.toMillis());
			}
			return socket;
		}

		private void disconnect() {
			try (Socket socket = this.socket) {
				this.socket = null;
			}
			catch (IOException ex) {
				// It has ended
			}
		}

		/**
		 * Ask who this client is.
		 * @return whether the answer is the last one of the connection
		 */
		private boolean exchange(Socket socket) throws IOException {
			socket.getOutputStream().write(REQUEST);
			InputStream in = new BufferedInputStream(socket.getInputStream());
			String head = head(in);
			int length = Integer.parseInt(head.replaceAll("(?s).*content-length: *(\\d+).*", "$1"));
			String[] body = new String(in.readNBytes(length), StandardCharsets.US_ASCII).split(" ");
			if (!head.startsWith("http/1.1 200 ") || !body[0].equals(this.address.getHostAddress())) {
				throw new IOException("answered with " + head + String.join(" ", body));
			}
			ThoughtfulClients.this.answers.computeIfAbsent(Long.valueOf(body[1]), (pid) -> new LongAdder()).increment();
			boolean last = head.contains("connection: close");
			if (last) {
				ThoughtfulClients.this.told.increment();
			}
			return last;
		}

		private static String head(InputStream in) throws IOException {
			ByteArrayOutputStream head = new ByteArrayOutputStream();
			while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
				int read = in.read();
				if (read < 0) {
					throw new EOFException("ended after " + head.size() + " bytes of an answer");
				}
				head.write(read);
			}
			return head.toString(StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
		}

	}

}
