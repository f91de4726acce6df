package io.fdwork.internal.worker;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.regex.Pattern;

import io.fdwork.RequestId;
import io.fdwork.Work;
import io.fdwork.descriptor.AcceptHandler;
import io.fdwork.descriptor.TcpConnection;
import io.fdwork.descriptor.TcpListener;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.wire.WorkMetadata;
import io.fdwork.worker.WorkerOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a worker requests of its own before it is ready, so that no client waits while
 * its code is loaded and compiled. It has no port on which anybody else could do so.
 *
 * @param queue the queue that its works are said to come from
 * @param paths what is asked for, in turn; if there are none, there is no warm-up
 * @param requests how many requests are sent
 * @param timeout how long it may take; what is missing after that is left out
 */
record WarmUp(String queue, List<String> paths, int requests, Duration timeout) {

	/**
	 * The parameter that tells such a work from one that came from a daemon.
	 */
	static final String PARAMETER = "fdwork.warm-up";

	private static final Logger logger = LoggerFactory.getLogger(WarmUp.class);

	private static final Duration PATIENCE = Duration.ofSeconds(1);

	/**
	 * How often who waits for an answer looks whether to go on.
	 */
	private static final Duration LOOK_INTERVAL = Duration.ofMillis(100);

	/**
	 * Not one that the server has failed with.
	 */
	private static final Pattern ANSWERED = Pattern.compile("HTTP/1\\.[01] [1-4][0-9]{2}");

	private static final int STATUS_LENGTH = "HTTP/1.1 200".length();

	private static final int BUFFER_LENGTH = 8192;

	static WarmUp of(WorkerOptions options) {
		return new WarmUp(options.getQueues().get(0), List.copyOf(options.getWarmUpPaths()),
				options.getWarmUpRequests(), options.getWarmUpTimeout());
	}

	/**
	 * Wait until the application accepts traffic, then send the requests.
	 * @param accepted is zero when it does
	 * @param sink serves a work, as it does those of a daemon
	 * @param goOn asked now and then
	 */
	void runAfter(CountDownLatch accepted, Consumer<Work> sink, BooleanSupplier goOn) {
		try {
			while (!this.paths.isEmpty() && goOn.getAsBoolean()) {
				if (accepted.await(LOOK_INTERVAL.toNanos(), TimeUnit.NANOSECONDS)) {
					run(sink, goOn);
					return;
				}
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Send the requests, one after the other, each on a connection of its own. Ends early
	 * with the first that is not answered well, which is logged: a worker that cannot
	 * warm up may still be able to serve.
	 * @param sink serves a work, as it does those of a daemon
	 * @param goOn asked now and then
	 */
	void run(Consumer<Work> sink, BooleanSupplier goOn) {
		if (this.paths.isEmpty()) {
			return;
		}
		long start = System.nanoTime();
		BooleanSupplier inTime = () -> goOn.getAsBoolean() && System.nanoTime() - start < this.timeout.toNanos();
		int answered = 0;
		try (Loop loop = new Loop(this.queue, sink, inTime)) {
			while (answered < this.requests && inTime.getAsBoolean()) {
				loop.ask(this.paths.get(answered % this.paths.size()));
				answered++;
			}
			logger.info("Warmed up with {} requests in {} ms", answered,
					TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
		}
		catch (IOException ex) {
			if (answered > 0 && !inTime.getAsBoolean()) {
				logger.info("Warmed up with {} requests, as many as there was time for", answered);
				return;
			}
			logger.warn("The warm-up has ended after {} requests: {}. The worker goes on without the others", answered,
					ex.getMessage());
		}
	}

	/**
	 * A port of the loopback address, for connections of this process with itself.
	 */
	private static final class Loop implements AutoCloseable, AcceptHandler {

		private final String queue;

		private final Consumer<Work> sink;

		private final BooleanSupplier inTime;

		private final TcpListener listener;

		private volatile @Nullable InetSocketAddress client;

		Loop(String queue, Consumer<Work> sink, BooleanSupplier inTime) throws IOException {
			this.queue = queue;
			this.sink = sink;
			this.inTime = inTime;
			this.listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
			try {
				this.listener.start("fdwork-warm-up", this);
			}
			catch (RuntimeException | Error ex) {
				this.listener.close();
				throw ex;
			}
		}

		@Override
		public boolean awaitRoom(BooleanSupplier goOn) {
			return true;
		}

		@Override
		public void accepted() {
			logger.trace("Accepted");
		}

		@Override
		public void failed(IOException ex) {
			logger.debug("A connection was not accepted", ex);
		}

		@Override
		public void ready(TcpConnection connection) {
			if (!connection.remote().equals(this.client)) {
				// Another process has found the port
				connection.descriptor().close();
				return;
			}
			GotWork work = new GotWork(
					new WorkMetadata(RequestId.next(), this.queue, 0, System.nanoTime(), connection.remote(),
							connection.local(), Map.of(PARAMETER, "true"), new byte[0]),
					List.of(connection.descriptor()), System.nanoTime(), (ended, outcome) -> logger.trace("Served"));
			try {
				this.sink.accept(work);
				work.release();
			}
			catch (Throwable ex) {
				logger.debug("Not served: {}", work, ex);
				work.fail();
			}
		}

		void ask(String path) throws IOException {
			try (Socket socket = new Socket()) {
				socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
				this.client = (InetSocketAddress) socket.getLocalSocketAddress();
				socket.setSoTimeout(Math.toIntExact(LOOK_INTERVAL.toMillis()));
				socket.connect(this.listener.address(), Math.toIntExact(PATIENCE.toMillis()));
				String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: fdwork-warm-up\r\n"
						+ "Connection: close\r\n\r\n";
				socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
				String status = readStatus(socket.getInputStream());
				if (!ANSWERED.matcher(status).matches()) {
					throw new IOException("GET " + path + " was answered with '" + status + "'");
				}
			}
		}

		private String readStatus(InputStream answer) throws IOException {
			byte[] status = new byte[STATUS_LENGTH];
			int filled = 0;
			byte[] buffer = new byte[BUFFER_LENGTH];
			// To its end: otherwise the connection would be reset under the handler
			for (int count = read(answer, buffer); count >= 0; count = read(answer, buffer)) {
				int more = Math.min(count, status.length - filled);
				System.arraycopy(buffer, 0, status, filled, more);
				filled += more;
			}
			return new String(status, 0, filled, StandardCharsets.ISO_8859_1);
		}

		private int read(InputStream answer, byte[] buffer) throws IOException {
			while (this.inTime.getAsBoolean()) {
				try {
					return answer.read(buffer);
				}
				catch (SocketTimeoutException ex) {
					logger.trace("No answer yet", ex);
				}
			}
			throw new SocketTimeoutException("There was no whole answer in time");
		}

		@Override
		public void close() {
			this.listener.stop(PATIENCE);
			this.listener.close();
		}

	}

}
