package io.fdwork;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;

import io.fdwork.descriptor.AcceptHandler;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.TcpConnection;
import io.fdwork.descriptor.TcpListener;

/**
 * Makes TCP connections with a client on one side and a descriptor on the other.
 */
public final class Connections implements AutoCloseable {

	private final BlockingQueue<TcpConnection> accepted = new LinkedBlockingQueue<>();

	private final TcpListener listener;

	public Connections() throws IOException {
		this(InetAddress.getLoopbackAddress());
	}

	public Connections(InetAddress address) throws IOException {
		this.listener = TcpListener.bind(new InetSocketAddress(address, 0), 128);
		this.listener.start("test-accept", new Accepting((goOn) -> true, this.accepted::add));
	}

	/**
	 * Connect.
	 * @return both sides, to be closed by the caller
	 * @throws IOException if it failed
	 */
	public Connection connect() throws IOException {
		Socket client = connectTo(this.listener.address());
		try {
			TcpConnection accepted = this.accepted.poll(10, TimeUnit.SECONDS);
			if (accepted == null) {
				throw new IOException("Not accepted in time");
			}
			return new Connection(client, accepted);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException(ex);
		}
	}

	/**
	 * Connect a client whose reads end in time.
	 * @param address where to
	 * @return the client, to be closed by the caller
	 * @throws IOException if it failed
	 */
	public static Socket connectTo(InetSocketAddress address) throws IOException {
		Socket client = new Socket();
		client.connect(address, 10_000);
		client.setSoTimeout(10_000);
		return client;
	}

	@Override
	public void close() {
		this.listener.stop(Duration.ofSeconds(5));
		this.listener.close();
		this.accepted.forEach((accepted) -> accepted.descriptor().close());
	}

	/**
	 * Hands on what is accepted.
	 *
	 * @param room says whether there is room
	 * @param consumer takes each connection
	 */
	public record Accepting(Predicate<BooleanSupplier> room,
			Consumer<TcpConnection> consumer) implements AcceptHandler {

		@Override
		public boolean awaitRoom(BooleanSupplier goOn) {
			return this.room.test(goOn);
		}

		@Override
		public void accepted() {
			// It comes at once
		}

		@Override
		public void ready(TcpConnection connection) {
			this.consumer.accept(connection);
		}

		@Override
		public void failed(IOException ex) {
			throw new IllegalStateException(ex);
		}

	}

	/**
	 * A connection.
	 *
	 * @param client the one side
	 * @param accepted the other side
	 */
	public record Connection(Socket client, TcpConnection accepted) implements AutoCloseable {

		/**
		 * Return the accepted side.
		 * @return its descriptor
		 */
		public Descriptor descriptor() {
			return this.accepted.descriptor();
		}

		/**
		 * Make a request of the accepted side.
		 * @return a builder with addresses and descriptor
		 */
		public WorkRequest.Builder request() {
			return WorkRequest.with(descriptor())
				.remoteAddress(this.accepted.remote())
				.localAddress(this.accepted.local());
		}

		@Override
		public void close() throws IOException {
			this.client.close();
			this.accepted.descriptor().close();
		}

	}

}
