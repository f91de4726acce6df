package io.fdwork.descriptor;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

import io.netty.channel.ChannelException;
import io.netty.channel.unix.Socket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TCP connection of a client, with its addresses and what has happened on it.
 *
 * @param descriptor the connection, to be closed or moved by whoever takes this
 * @param local the address that the client connected to
 * @param remote the address of the client
 * @param requests how many requests it has carried
 * @param idleSinceNanos since when the client has sent nothing, by
 * {@link System#nanoTime()}
 * @hidden
 */
@Internal
public record TcpConnection(Descriptor descriptor, InetSocketAddress local, InetSocketAddress remote, int requests,
		long idleSinceNanos) {

	private static final Logger logger = LoggerFactory.getLogger(TcpConnection.class);

	/**
	 * Create a connection that is idle from now on.
	 * @param descriptor the connection
	 * @param local the address that the client connected to
	 * @param remote the address of the client
	 */
	public TcpConnection(Descriptor descriptor, InetSocketAddress local, InetSocketAddress remote) {
		this(descriptor, local, remote, 0, System.nanoTime());
	}

	/**
	 * Tell what has happened on the connection.
	 * @param requests how many requests it has carried
	 * @param idleSinceNanos since when the client has sent nothing
	 * @return the same connection
	 */
	public TcpConnection after(int requests, long idleSinceNanos) {
		return new TcpConnection(this.descriptor, this.local, this.remote, requests, idleSinceNanos);
	}

	/**
	 * Tell whose the connection is.
	 * @param remote the address of the client
	 * @param local the address that the client connected to
	 * @return the same connection
	 */
	public TcpConnection between(InetSocketAddress remote, InetSocketAddress local) {
		return new TcpConnection(this.descriptor, local, remote, this.requests, this.idleSinceNanos);
	}

	/**
	 * Read what the client has sent, without waiting for it.
	 * @param buffer where it goes, a direct buffer; no more is read than it has room
	 * @return how many bytes were read, 0 if none are there now, -1 at the end
	 * @throws IOException if the client has reset the connection
	 */
	public int read(ByteBuffer buffer) throws IOException {
		int read = new Socket(this.descriptor.number()).recv(buffer, buffer.position(), buffer.limit());
		if (read > 0) {
			buffer.position(buffer.position() + read);
		}
		return read;
	}

	/**
	 * Return whether something is there to be read.
	 * @return {@code false} at the end of what the client sends, too
	 */
	public boolean hasUnread() {
		try {
			return Numbers.unread(this.descriptor.number()) > 0;
		}
		catch (IOException ex) {
			logger.debug("Cannot tell what the client has sent", ex);
			return false;
		}
	}

	/**
	 * Ask the kernel what a descriptor is.
	 * @param descriptor what should be a connection; moved if this returns one
	 * @return the connection, {@code null} if its client has gone
	 * @throws IOException if it is no TCP socket, or one that listens
	 */
	public static @Nullable TcpConnection of(Descriptor descriptor) throws IOException {
		if (!TcpSockets.isTcp(descriptor) || TcpSockets.isListening(descriptor)) {
			throw new IOException("Not a TCP connection");
		}
		try {
			Socket socket = new Socket(descriptor.number());
			InetSocketAddress remote = socket.remoteAddress();
			InetSocketAddress local = socket.localAddress();
			return (remote != null && local != null) ? new TcpConnection(descriptor.move(), local, remote) : null;
		}
		catch (ChannelException ex) {
			throw new IOException("Not a TCP connection", ex);
		}
	}

}
