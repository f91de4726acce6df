package io.fdwork.descriptor;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.newsclub.net.unix.AFUNIXServerSocket;
import org.newsclub.net.unix.AFUNIXSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening AF_UNIX stream socket at a path. The socket file gets mode 0666 whatever
 * the umask, so it belongs into a directory that only its user may enter.
 *
 * @hidden
 */
@Internal
public final class UnixStreamListener implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(UnixStreamListener.class);

	private final AFUNIXServerSocket socket;

	private UnixStreamListener(AFUNIXServerSocket socket) {
		this.socket = socket;
	}

	/**
	 * Bind and listen. A socket file that is there already is replaced, so the caller
	 * must know that its listener is dead.
	 * @param path where
	 * @param backlog how many connections may wait
	 * @return the listener, to be closed by the caller
	 * @throws IOException if it cannot be bound there
	 */
	public static UnixStreamListener bind(Path path, int backlog) throws IOException {
		NativePlatform.require();
		AFUNIXServerSocket socket = AFUNIXServerSocket.newInstance();
		try {
			socket.setReuseAddress(true);
			socket.setDeleteOnClose(true);
			socket.bind(AFUNIXSocketAddress.of(path), backlog);
			return new UnixStreamListener(socket);
		}
		catch (Throwable ex) {
			socket.close();
			throw ex;
		}
	}

	/**
	 * Bound every wait for a connection.
	 * @param timeout how long one call may wait; zero, as at first, for ever
	 * @throws IOException if the listener is closed
	 */
	public void setTimeout(Duration timeout) throws IOException {
		this.socket.setSoTimeout(Math.toIntExact(timeout.toMillis()));
	}

	/**
	 * Wait for a connection.
	 * @return the connection, to be closed by the caller, or {@code null} if nobody has
	 * connected in time
	 * @throws IOException if the listener is closed, or the process has no descriptor
	 * left
	 */
	public @Nullable UnixStream accept() throws IOException {
		try {
			return new UnixStream(this.socket.accept());
		}
		catch (SocketTimeoutException ex) {
			return null;
		}
	}

	/**
	 * Return whether this listens. junixsocket closes it by itself when an accept finds
	 * its file gone.
	 * @return {@code false} after {@link #close()}, too
	 */
	public boolean isOpen() {
		return !this.socket.isClosed();
	}

	@Override
	public void close() {
		try {
			this.socket.close();
		}
		catch (IOException ex) {
			logger.debug("Could not close {}", this.socket, ex);
		}
	}

}
