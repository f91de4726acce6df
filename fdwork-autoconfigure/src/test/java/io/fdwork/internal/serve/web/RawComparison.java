package io.fdwork.internal.serve.web;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Sends the same bytes to two servers and compares what they answer, and whether they end
 * the connection.
 */
final class RawComparison {

	/**
	 * How long both must have been quiet to be done.
	 */
	private static final Duration QUIET = Duration.ofMillis(200);

	/**
	 * The same for those that have not answered at all.
	 */
	private static final Duration SILENT = Duration.ofMillis(1200);

	/**
	 * How long to wait for one that says something else than the other, or less.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(5);

	/**
	 * How far apart the ends of two connections may be that are closed for being idle.
	 */
	private static final Duration TOGETHER = Duration.ofMillis(600);

	private static final int POLL_MILLIS = 20;

	private static final int GAP_MILLIS = 2;

	private static final int END_GAP_MILLIS = 100;

	private static final int PARALLEL = 12;

	private static final int ATTEMPTS = 3;

	private static final String CLOSE_WAIT = "08";

	private static final Map<String, String> VARIABLE = Map.ofEntries(Map.entry("(?i)\ndate: [^\r]*\r", "\nDate: -\r"),
			Map.entry("\"timestamp\":\"[^\"]*\"", "\"timestamp\":-"),
			Map.entry("\"requestId\":\"[^\"]*\"", "\"requestId\":-"),
			Map.entry("<div id='created'>[^<]*<", "<div id='created'>-<"),
			Map.entry("<div>\\[[0-9a-f-]+\\]", "<div>[-]"),
			Map.entry("(?i)\nset-cookie: ([^=]*)=[^;\r]*", "\nSet-Cookie: $1=-"),
			Map.entry("Expires=[^;\r]*", "Expires=-"), Map.entry("(?i)\nexpires: [^\r]*\r", "\nExpires: -\r"));

	private final int alone;

	private final int worker;

	private final Duration patience;

	private final int attempts;

	private final Map<Integer, String> inputs = new ConcurrentHashMap<>();

	/**
	 * Create a comparison of servers that should answer the same.
	 * @param alone the port of the one
	 * @param worker the port of the other
	 */
	RawComparison(int alone, int worker) {
		this(alone, worker, PATIENCE, ATTEMPTS);
	}

	private RawComparison(int alone, int worker, Duration patience, int attempts) {
		this.alone = alone;
		this.worker = worker;
		this.patience = patience;
		this.attempts = attempts;
	}

	/**
	 * Create a comparison of servers that should answer differently.
	 */
	static RawComparison ofDifferent(int one, int other) {
		return new RawComparison(one, other, Duration.ofSeconds(2), 1);
	}

	/**
	 * Leave out of an answer what is another one each time.
	 */
	private static String normalize(String answer) {
		String normal = answer;
		for (Map.Entry<String, String> variable : VARIABLE.entrySet()) {
			normal = normal.replaceAll(variable.getKey(), variable.getValue());
		}
		return normal;
	}

	/**
	 * Return what the client has sent on the connections that a server still holds though
	 * the client has closed them.
	 * @param port the port of the server
	 */
	List<String> heldInVain(int port) throws IOException {
		List<String> held = new ArrayList<>();
		for (String table : List.of("/proc/self/net/tcp", "/proc/self/net/tcp6")) {
			for (String line : Files.readAllLines(Path.of(table))) {
				String[] fields = line.trim().split("\\s+");
				if (fields[3].equals(CLOSE_WAIT) && port(fields[1]) == port) {
					held.add(this.inputs.getOrDefault(port(fields[2]), line));
				}
			}
		}
		return held;
	}

	private static int port(String address) {
		return Integer.parseInt(address.substring(address.indexOf(':') + 1), 16);
	}

	/**
	 * Return how the answers to inputs differ.
	 * @return a text for each input whose answers differ
	 */
	List<String> differences(List<RawInput> inputs) throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(PARALLEL);
		try {
			List<Future<String>> results = new ArrayList<>();
			for (RawInput input : inputs) {
				results.add(threads.submit(() -> difference(input)));
			}
			List<String> differences = new ArrayList<>();
			for (Future<String> result : results) {
				String difference = result.get();
				if (difference != null) {
					differences.add(difference);
				}
			}
			return differences;
		}
		finally {
			threads.shutdownNow();
		}
	}

	// A reset that overtakes an answer is as likely with the one as with the other
	private String difference(RawInput input) throws IOException {
		String difference = null;
		for (int i = 0; i < this.attempts; i++) {
			difference = attempt(input);
			if (difference == null) {
				return null;
			}
		}
		return difference;
	}

	private String attempt(RawInput input) throws IOException {
		try (Side alone = new Side(this.alone); Side worker = new Side(this.worker)) {
			this.inputs.put(alone.localPort(), input.name());
			this.inputs.put(worker.localPort(), input.name());
			for (byte[] step : input.steps()) {
				if (step.length == 0) {
					awaitAnswers(alone, worker);
				}
				else {
					alone.send(step);
					worker.send(step);
					// Else the kernel may make one piece of two
					alone.poll(GAP_MILLIS);
					worker.poll(GAP_MILLIS);
				}
			}
			if (input.ends()) {
				// Both have read what came before: Jetty answers otherwise
				// to what comes together with the end
				alone.poll(END_GAP_MILLIS);
				worker.poll(END_GAP_MILLIS);
				alone.sayEnd();
				worker.sayEnd();
			}
			long start = System.nanoTime();
			long quietSince = start;
			while (System.nanoTime() - start < this.patience.toNanos()) {
				quietSince = (alone.poll(POLL_MILLIS) | worker.poll(POLL_MILLIS)) ? System.nanoTime() : quietSince;
				Duration quiet = (alone.isAnswered() && worker.isAnswered()) ? QUIET : SILENT;
				if (System.nanoTime() - quietSince > quiet.toNanos()
						&& (!input.isUntilEnd() || haveEndedTogether(alone, worker))
						&& alone.outcome().equals(worker.outcome())) {
					return null;
				}
			}
			return "%s%n  alone:  %s%n  worker: %s".formatted(input, alone.outcome(), worker.outcome());
		}
	}

	private static boolean haveEndedTogether(Side alone, Side worker) {
		return alone.ended && worker.ended && Math.abs(alone.endedNanos - worker.endedNanos) < TOGETHER.toNanos();
	}

	// Where none comes the outcome says so
	private static void awaitAnswers(Side alone, Side worker) throws IOException {
		long start = System.nanoTime();
		while (!(alone.isAnswered() && worker.isAnswered()) && System.nanoTime() - start < PATIENCE.toNanos()) {
			alone.poll(GAP_MILLIS);
			worker.poll(GAP_MILLIS);
		}
	}

	/**
	 * A connection to one of the servers.
	 */
	private static final class Side implements AutoCloseable {

		private final SocketChannel channel;

		private final Selector selector = Selector.open();

		private final ByteArrayOutputStream received = new ByteArrayOutputStream();

		private final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);

		private int beforeSend;

		private boolean ended;

		private long endedNanos;

		Side(int port) throws IOException {
			this.channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
			this.channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
			this.channel.configureBlocking(false);
			this.channel.register(this.selector, SelectionKey.OP_READ);
		}

		int localPort() throws IOException {
			return ((InetSocketAddress) this.channel.getLocalAddress()).getPort();
		}

		void send(byte[] bytes) {
			this.beforeSend = this.received.size();
			try {
				ByteBuffer left = ByteBuffer.wrap(bytes);
				long start = System.nanoTime();
				while (left.hasRemaining() && System.nanoTime() - start < PATIENCE.toNanos()) {
					if (this.channel.write(left) == 0) {
						poll(POLL_MILLIS);
					}
				}
			}
			catch (IOException ex) {
				// It has had enough; what it has said is still to be read
				this.buffer.clear();
			}
		}

		void sayEnd() {
			try {
				this.channel.shutdownOutput();
			}
			catch (IOException ex) {
				this.buffer.clear();
			}
		}

		boolean poll(int millis) throws IOException {
			this.selector.select(millis);
			this.selector.selectedKeys().clear();
			if (this.ended) {
				return false;
			}
			try {
				int count = this.channel.read(this.buffer.clear());
				if (count > 0) {
					this.received.write(this.buffer.array(), 0, count);
				}
				end(count < 0);
				return count != 0;
			}
			catch (IOException ex) {
				end(true);
				return true;
			}
		}

		private void end(boolean ended) {
			if (ended) {
				this.ended = true;
				this.endedNanos = System.nanoTime();
				this.channel.keyFor(this.selector).cancel();
			}
		}

		boolean isAnswered() {
			return this.ended || this.received.size() > this.beforeSend;
		}

		String outcome() {
			String text = normalize(this.received.toString(StandardCharsets.ISO_8859_1));
			StringBuilder visible = new StringBuilder();
			text.chars()
				.forEach((next) -> visible.append((next >= ' ' && next < 127) ? String.valueOf((char) next)
						: (next == '\n') ? "\\n" : (next == '\r') ? "\\r" : "\\x%02x".formatted(next)));
			return visible + ((this.ended) ? " [ended]" : " [open]");
		}

		@Override
		public void close() throws IOException {
			this.selector.close();
			this.channel.close();
		}

	}

}
