package io.fdwork.descriptor;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.NotYetConnectedException;

import io.netty.channel.ChannelException;
import io.netty.channel.epoll.AbstractEpollStreamChannel;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TCP connection that another process accepted, as a Netty channel. It differs from
 * Netty's own channel in two ways: it takes the remote address and the socket options as
 * the daemon left them, which saves five system calls for each connection, and it ends its
 * output before it closes, so that the client sees the end also while another process
 * still holds a duplicate of the descriptor.
 */
public final class ConnectionChannel extends AbstractEpollStreamChannel implements SocketChannel {

	private static final Logger logger = LoggerFactory.getLogger(ConnectionChannel.class);

	private final ConnectionChannelConfig config;

	private ConnectionChannel(@Nullable ServerSocketChannel parent, LinuxSocket socket, SocketAddress remote) {
		super(parent, socket, remote);
		this.config = new ConnectionChannelConfig(this);
	}

	/**
	 * Create a channel, which owns the number if this returns.
	 */
	static ConnectionChannel open(int number, @Nullable InetSocketAddress remote,
			@Nullable ServerSocketChannel parent) {
		LinuxSocket socket = LinuxSocket.newSocket(number);
		SocketAddress peer = (remote != null) ? remote : socket.remoteAddress();
		ConnectionChannel channel = (peer != null) ? new ConnectionChannel(parent, socket, peer) : null;
		if (channel == null || channel.localAddress() == null) {
			throw new ChannelException("Descriptor " + number + " is not a connected TCP socket");
		}
		return channel;
	}

	LinuxSocket socket() {
		return this.socket;
	}

	@Override
	public @Nullable ServerSocketChannel parent() {
		return (ServerSocketChannel) super.parent();
	}

	@Override
	public ConnectionChannelConfig config() {
		return this.config;
	}

	@Override
	public InetSocketAddress localAddress() {
		return (InetSocketAddress) super.localAddress();
	}

	@Override
	public InetSocketAddress remoteAddress() {
		return (InetSocketAddress) super.remoteAddress();
	}

	@Override
	protected void doClose() throws Exception {
		if (this.socket.isOpen()) {
			try {
				this.socket.shutdown(false, true);
			}
			catch (IOException | NotYetConnectedException ex) {
				logger.trace("The client has gone already", ex);
			}
		}
		super.doClose();
	}

}
