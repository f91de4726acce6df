package io.fdwork.internal.serve.reactor;

import java.net.InetSocketAddress;
import java.net.SocketAddress;

import io.netty.channel.AbstractServerChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.ServerSocketChannelConfig;
import org.jspecify.annotations.Nullable;

/**
 * The server channel of a web server whose connections are works. It has no socket; to be
 * bound means to be ready for works.
 */
final class WorkServerChannel extends AbstractServerChannel implements ServerSocketChannel {

	private final ServerSocketChannelConfig config = new WorkServerChannelConfig(this);

	private volatile @Nullable InetSocketAddress address;

	private volatile boolean open = true;

	/**
	 * Let Reactor Netty take a connection, as if it came through the pipeline. On the
	 * calling thread, so that it does not wait for the event loop of this channel, which
	 * may be blocked: what takes it keeps no state but a count that is safe for threads.
	 * @param connection the connection
	 */
	void accept(Channel connection) throws Exception {
		ChannelHandlerContext acceptor = pipeline().lastContext();
		if (acceptor == null) {
			throw new IllegalStateException("Reactor Netty stops");
		}
		((ChannelInboundHandler) acceptor.handler()).channelRead(acceptor, connection);
	}

	@Override
	public ServerSocketChannelConfig config() {
		return this.config;
	}

	@Override
	protected boolean isCompatible(EventLoop loop) {
		// The connections are epoll channels
		return loop instanceof IoEventLoop ioLoop && ioLoop.isIoType(EpollIoHandler.class);
	}

	@Override
	protected void doBind(SocketAddress localAddress) {
		this.address = (InetSocketAddress) localAddress;
	}

	@Override
	protected void doBeginRead() {
		// Works come unasked: the permits of the worker hold them back
	}

	@Override
	protected void doClose() {
		this.open = false;
	}

	@Override
	public boolean isOpen() {
		return this.open;
	}

	@Override
	public boolean isActive() {
		return this.open && this.address != null;
	}

	@Override
	protected @Nullable SocketAddress localAddress0() {
		return this.address;
	}

	@Override
	public @Nullable InetSocketAddress localAddress() {
		return this.address;
	}

	@Override
	public @Nullable InetSocketAddress remoteAddress() {
		return null;
	}

}
