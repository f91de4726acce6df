package io.fdwork.integration;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

import io.fdwork.internal.daemon.Daemon;

import org.springframework.context.ApplicationContext;

/**
 * A client of a daemon, over a real TCP connection.
 */
public final class Client implements AutoCloseable {

	private static final int TIMEOUT_MILLIS = 10_000;

	private final Socket socket;

	private Client(Socket socket) {
		this.socket = socket;
	}

	/**
	 * Connect to the first listener of a daemon.
	 * @param daemon the context of the daemon
	 * @return the client
	 * @throws IOException if it cannot connect
	 */
	public static Client connect(ApplicationContext daemon) throws IOException {
		Socket socket = new Socket();
		InetSocketAddress address = daemon.getBean(Daemon.class).addresses().get(0);
		socket.connect(address, TIMEOUT_MILLIS);
		return new Client(socket);
	}

	/**
	 * Return the address of this end.
	 * @return the address
	 */
	public InetSocketAddress address() {
		return (InetSocketAddress) this.socket.getLocalSocketAddress();
	}

	/**
	 * Read to the end of the stream.
	 * @return what came
	 * @throws IOException if the end does not come in time
	 */
	public String readAll() throws IOException {
		this.socket.setSoTimeout(TIMEOUT_MILLIS);
		return new String(this.socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
	}

	/**
	 * Return whether the other end has closed the connection, and sent nothing.
	 * @return whether the stream has ended
	 * @throws IOException if it cannot be read
	 */
	public boolean isClosedByServer() throws IOException {
		this.socket.setSoTimeout(20);
		try {
			return this.socket.getInputStream().read() < 0;
		}
		catch (SocketTimeoutException ex) {
			return false;
		}
		catch (SocketException ex) {
			return true;
		}
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

}
