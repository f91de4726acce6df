package io.fdwork.serve;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.fdwork.Work;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves works with a Netty pipeline on event loops. A work is in hand until its channel
 * is closed.
 */
public final class NettyServer implements Consumer<Work>, AutoCloseable {

	/**
	 * The attribute of a channel with the work that it serves.
	 */
	public static final AttributeKey<Work> WORK = AttributeKey.valueOf(NettyServer.class, "WORK");

	private static final Logger logger = LoggerFactory.getLogger(NettyServer.class);

	private final ChannelHandler initializer;

	private final EventLoopGroup eventLoops;

	private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

	private volatile boolean draining;

	/**
	 * Create a server.
	 * @param initializer sets up the pipeline of each channel; sharable
	 * @param threads how many event loops there are
	 */
	public NettyServer(ChannelHandler initializer, int threads) {
		this.initializer = initializer;
		this.eventLoops = new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory("fdwork-netty", true),
				EpollIoHandler.newFactory());
	}

	@Override
	public void accept(Work work) {
		if (this.eventLoops.isShuttingDown()) {
			// A channel that no event loop takes tells nobody that it is closed
			throw new IllegalStateException("The server is closed and does not take " + work);
		}
		work.takeOver();
		EpollSocketChannel channel = work.descriptors().get(0).toNettyChannel();
		channel.attr(WORK).set(work);
		channel.closeFuture().addListener((closed) -> work.close());
		this.channels.add(channel);
		channel.pipeline().addLast(this.initializer);
		this.eventLoops.register(channel).addListener((registered) -> onRegistered((ChannelFuture) registered, work));
	}

	private void onRegistered(ChannelFuture registered, Work work) {
		if (!registered.isSuccess()) {
			logger.error("No event loop took {}", work, registered.cause());
			work.fail();
			registered.channel().unsafe().closeForcibly();
		}
		else if (this.draining) {
			announceDrain(registered.channel());
		}
	}

	/**
	 * Tell every pipeline that the worker drains, with a {@link DrainEvent}. One that keeps
	 * connections alive between requests should close them now or after the response.
	 */
	public void drain() {
		this.draining = true;
		this.channels.forEach(NettyServer::announceDrain);
	}

	private static void announceDrain(Channel channel) {
		if (!channel.isRegistered()) {
			// Told when it is
			return;
		}
		channel.pipeline().fireUserEventTriggered(DrainEvent.INSTANCE);
	}

	/**
	 * Close all channels and end the event loops.
	 */
	@Override
	public void close() {
		this.channels.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
		this.eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
	}

}
