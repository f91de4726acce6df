package io.fdwork.sample.chaos;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;

/**
 * Opens connections at a rate, a bounded number at a time, sends requests on each that
 * only it can be the answer to, and records its fate. A connection that waits takes a
 * thread of the load; nothing else is held back.
 */
final class LoadClient implements AutoCloseable {

	/**
	 * By which the journals know the request.
	 */
	private static final String NAME_HEADER = "Sample-Request";

	private final int port;

	private final Options options;

	private final long intervalNanos;

	private final ExecutorService threads;

	private final Queue<ClientConnection> connections = new ConcurrentLinkedQueue<>();

	private final AtomicLong count = new AtomicLong();

	private final AtomicLong nextNanos = new AtomicLong(System.nanoTime());

	private volatile boolean stopped;

	/**
	 * Start the load.
	 * @param port where to connect to, on the loopback address
	 * @param options how much of it
	 */
	LoadClient(int port, Options options) {
		this.port = port;
		this.options = options;
		this.intervalNanos = TimeUnit.SECONDS.toNanos(1) / options.rate();
		this.threads = Executors.newFixedThreadPool(options.concurrency(), (task) -> {
			Thread thread = new Thread(task, "chaos-client");
			thread.setDaemon(true);
			return thread;
		});
		for (int i = 0; i < options.concurrency(); i++) {
			this.threads.execute(this::run);
		}
	}

	private void run() {
		while (!this.stopped) {
			awaitTurn();
			this.connections.add(connect(this.count.incrementAndGet()));
		}
	}

	private void awaitTurn() {
		long now = System.nanoTime();
		// Turns that were missed while all threads waited are not made up for
		long turn = this.nextNanos.getAndUpdate((next) -> Math.max(next, now) + this.intervalNanos);
		while (turn - System.nanoTime() > 0 && !this.stopped) {
			LockSupport.parkNanos(turn - System.nanoTime());
		}
	}

	private ClientConnection connect(long number) {
		long start = System.nanoTime();
		Exchanges exchanges = new Exchanges(number);
		Fate fate;
		try (Client.Connection connection = new Client.Connection(this.port, Await.PATIENCE)) {
			exchanges.port = connection.localPort();
			fate = exchanges.run(connection);
		}
		catch (IOException | RuntimeException ex) {
			fate = exchanges.fate(ex);
		}
		return new ClientConnection(number, exchanges.port, start, System.nanoTime(), exchanges.answered, fate);
	}

	/**
	 * Return the connections that have ended.
	 */
	List<ClientConnection> connections() {
		return List.copyOf(this.connections);
	}

	/**
	 * Open no more connections, and wait for those that are open.
	 */
	@Override
	public void close() {
		this.stopped = true;
		this.threads.shutdown();
		try {
			if (!this.threads.awaitTermination(2 * Await.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
				throw new IllegalStateException("A client does not end");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * How much load there is.
	 *
	 * @param rate connections a second, if there are as many threads free
	 * @param concurrency how many connections there are at most at a time
	 * @param requests how many requests are sent on each connection
	 * @param replay whether every other connection sends requests that are replayed
	 */
	record Options(int rate, int concurrency, int requests, boolean replay) {

		boolean isReplayed(long connection) {
			return this.replay && connection % 2 == 1;
		}

	}

	/**
	 * The requests of one connection.
	 */
	private final class Exchanges {

		private final long number;

		private int port;

		private int answered;

		private boolean begun;

		Exchanges(long number) {
			this.number = number;
		}

		Fate run(Client.Connection connection) throws IOException {
			int requests = LoadClient.this.options.requests();
			while (this.answered < requests) {
				this.begun = false;
				String body = Execution.name(this.number, this.answered);
				boolean replayed = LoadClient.this.options.isReplayed(this.number);
				connection.send((replayed) ? "GET" : "POST", (replayed) ? Chaos.REPLAYED_PATH : Chaos.PATH,
						(replayed) ? "" : body, this.answered == requests - 1, NAME_HEADER + ": " + body);
				if (!connection.awaitAnswer()) {
					return (this.answered > 0) ? Fate.STALE : Fate.CLOSED;
				}
				this.begun = true;
				Client.Response response = connection.read();
				if (response.status() == 500) {
					return Fate.FAILED;
				}
				if (response.status() != 200 || !(replayed || response.text().equals(body))) {
					return Fate.WRONG;
				}
				this.answered++;
			}
			return Fate.SERVED;
		}

		Fate fate(Exception ex) {
			if (ex instanceof ConnectException) {
				return Fate.REFUSED;
			}
			if (ex instanceof SocketTimeoutException) {
				return Fate.TIMED_OUT;
			}
			if (ex instanceof SocketException) {
				return (this.answered > 0 && !this.begun) ? Fate.STALE : Fate.RESET;
			}
			return (ex instanceof IOException) ? Fate.CLOSED : Fate.WRONG;
		}

	}

}
