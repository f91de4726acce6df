package io.fdwork.sample;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PushbackInputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/**
 * HTTP over a plain socket, so that a test sees what happens to a connection.
 */
public final class Client {

	private Client() {
	}

	static Connection connect(int port) throws IOException {
		return new Connection(port);
	}

	/**
	 * Send one request on a connection of its own.
	 * @return the body of the answer
	 */
	static String get(int port, String path) throws IOException {
		try (Connection connection = connect(port)) {
			connection.send("GET", path, "", true);
			Response response = connection.read();
			if (response.status() != 200) {
				throw new IOException(path + " was answered with " + response);
			}
			return response.text().strip();
		}
	}

	/**
	 * Send requests in parallel, each on a connection of its own.
	 * @return the bodies of the answers
	 */
	static List<Future<String>> getAll(int port, String path, int count) {
		ExecutorService threads = Executors.newFixedThreadPool(count);
		try {
			List<Future<String>> answers = new ArrayList<>();
			for (int i = 0; i < count; i++) {
				answers.add(threads.submit(() -> get(port, path)));
			}
			return answers;
		}
		finally {
			threads.shutdown();
		}
	}

	/**
	 * Sends requests on one connection each, with some threads, until it is closed.
	 */
	static final class Load implements AutoCloseable {

		private final AtomicBoolean stopped = new AtomicBoolean();

		private final Map<Fate, LongAdder> fates = new EnumMap<>(Fate.class);

		private final List<Future<Void>> threads = new ArrayList<>();

		private final ExecutorService executor;

		Load(int port, String path, int threads) {
			this.executor = Executors.newFixedThreadPool(threads);
			for (Fate fate : Fate.values()) {
				this.fates.put(fate, new LongAdder());
			}
			Callable<Void> task = () -> {
				while (!this.stopped.get()) {
					this.fates.get(send(port, path)).increment();
				}
				return null;
			};
			for (int i = 0; i < threads; i++) {
				this.threads.add(this.executor.submit(task));
			}
		}

		private static Fate send(int port, String path) {
			try {
				get(port, path);
				return Fate.SERVED;
			}
			catch (ConnectException ex) {
				return Fate.REFUSED;
			}
			catch (IOException ex) {
				return Fate.LOST;
			}
		}

		long count(Fate fate) {
			return this.fates.get(fate).sum();
		}

		void awaitServed(long more) {
			long target = count(Fate.SERVED) + more;
			Fleet.await(() -> count(Fate.SERVED) >= target);
		}

		@Override
		public void close() throws Exception {
			this.stopped.set(true);
			this.executor.shutdown();
			for (Future<Void> thread : this.threads) {
				thread.get();
			}
		}

	}

	/**
	 * What became of a connection.
	 */
	enum Fate {

		/**
		 * Answered.
		 */
		SERVED,

		/**
		 * Not even connected.
		 */
		REFUSED,

		/**
		 * Connected, and ended without a whole answer.
		 */
		LOST

	}

	/**
	 * One connection.
	 */
	public static final class Connection implements AutoCloseable {

		private final Socket socket;

		private final PushbackInputStream in;

		Connection(int port) throws IOException {
			this(port, Fleet.PATIENCE);
		}

		/**
		 * Connect to a port of the loopback address.
		 * @param port the port
		 * @param patience how long to wait for the connection, and for each byte
		 */
		public Connection(int port, Duration patience) throws IOException {
			this.socket = new Socket();
			try {
				this.socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
						(int) patience.toMillis());
				this.socket.setSoTimeout((int) patience.toMillis());
				this.in = new PushbackInputStream(this.socket.getInputStream());
			}
			catch (IOException ex) {
				this.socket.close();
				throw ex;
			}
		}

		/**
		 * Send a request.
		 * @param close whether it is the last one of the connection
		 */
		public void send(String method, String path, String body, boolean close) throws IOException {
			this.socket.getOutputStream()
				.write((method + " " + path + " HTTP/1.1\r\nHost: test\r\n" + ((close) ? "Connection: close\r\n" : "")
						+ "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body)
					.getBytes(StandardCharsets.UTF_8));
		}

		/**
		 * Wait for the first byte of an answer.
		 * @return whether there is one, {@code false} at the end of the connection
		 */
		public boolean awaitAnswer() throws IOException {
			int first = this.in.read();
			if (first >= 0) {
				this.in.unread(first);
			}
			return first >= 0;
		}

		/**
		 * Read an answer.
		 */
		public Response read() throws IOException {
			int status = Integer.parseInt(line().split(" ")[1]);
			int length = 0;
			for (String header = line(); !header.isEmpty(); header = line()) {
				if (header.toLowerCase().startsWith("content-length:")) {
					length = Integer.parseInt(header.substring("content-length:".length()).strip());
				}
			}
			byte[] body = this.in.readNBytes(length);
			if (body.length != length) {
				throw new IOException("The connection ended after " + body.length + " of " + length + " bytes");
			}
			return new Response(status, body);
		}

		/**
		 * Read one byte.
		 * @return the byte, or -1 at the end of the connection
		 */
		int readByte() throws IOException {
			return this.in.read();
		}

		private String line() throws IOException {
			ByteArrayOutputStream line = new ByteArrayOutputStream();
			int read = this.in.read();
			while (read != '\n') {
				if (read < 0) {
					throw new IOException("The connection ended in the head of the answer");
				}
				line.write(read);
				read = this.in.read();
			}
			return line.toString(StandardCharsets.US_ASCII).strip();
		}

		/**
		 * Return the port of this end.
		 */
		public int localPort() {
			return this.socket.getLocalPort();
		}

		@Override
		public void close() throws IOException {
			this.socket.close();
		}

	}

	/**
	 * An answer.
	 */
	public record Response(int status, byte[] body) {

		/**
		 * Return the body as text.
		 */
		public String text() {
			return new String(this.body, StandardCharsets.UTF_8);
		}

	}

}
