package io.fdwork.internal.worker;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import io.fdwork.RequestId;
import io.fdwork.Work;
import io.fdwork.descriptor.AcceptHandler;
import io.fdwork.descriptor.TcpConnection;
import io.fdwork.descriptor.TcpListener;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.wire.WorkMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A port of the loopback address, for connections of this process with itself.
 */
final class OwnConnections implements AutoCloseable, AcceptHandler {

	/**
	 * The parameter that tells such a work from one that came from a daemon.
	 */
	static final String PARAMETER = "fdwork.warm-up";

	private static final Logger logger = LoggerFactory.getLogger(OwnConnections.class);

	private static final Duration PATIENCE = Duration.ofSeconds(1);

	/**
	 * How often who waits for an answer looks whether to go on.
	 */
	static final Duration LOOK_INTERVAL = Duration.ofMillis(100);

	private static final int STATUS_LENGTH = "HTTP/1.1 200".length();

	private static final int BUFFER_LENGTH = 8192;

	private final String queue;

	private final Consumer<Work> sink;

	private final BooleanSupplier inTime;

	private final TcpListener listener;

	private final Semaphore ended = new Semaphore(0);

	private volatile @Nullable InetSocketAddress client;

	OwnConnections(String queue, Consumer<Work> sink, BooleanSupplier inTime) throws IOException {
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
				List.of(connection.descriptor()), System.nanoTime(), (served, outcome) -> this.ended.release());
		try {
			this.sink.accept(work);
			work.release();
		}
		catch (Throwable ex) {
			logger.debug("Not served: {}", work, ex);
			work.fail();
		}
	}

	/**
	 * Send a request, on a connection of its own, and wait for the whole answer and until
	 * whoever serves is done with the connection.
	 * @param request which ends its connection
	 * @return the beginning of the answer, as long as that of one with a status
	 */
	String ask(String request) throws IOException {
		String status = askOnce(request);
		awaitEnd();
		return status;
	}

	private String askOnce(String request) throws IOException {
		try (Socket socket = new Socket()) {
			socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			this.client = (InetSocketAddress) socket.getLocalSocketAddress();
			socket.setSoTimeout(Math.toIntExact(LOOK_INTERVAL.toMillis()));
			socket.connect(this.listener.address(), Math.toIntExact(PATIENCE.toMillis()));
			socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
			return readStatus(socket.getInputStream());
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

	/**
	 * The next request, of a client perhaps, must find no thread and no place taken by
	 * this one.
	 */
	private void awaitEnd() throws IOException {
		try {
			while (!this.ended.tryAcquire(LOOK_INTERVAL.toNanos(), TimeUnit.NANOSECONDS)) {
				if (!this.inTime.getAsBoolean()) {
					throw new SocketTimeoutException("The connection did not end in time");
				}
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new InterruptedIOException("Interrupted");
		}
	}

	@Override
	public void close() {
		this.listener.stop(PATIENCE);
		this.listener.close();
	}

}
