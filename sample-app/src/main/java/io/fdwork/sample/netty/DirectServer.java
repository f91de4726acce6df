package io.fdwork.sample.netty;

import java.net.InetSocketAddress;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import org.jspecify.annotations.Nullable;

import org.springframework.context.SmartLifecycle;

/**
 * The baseline of the throughput comparison: the same pipeline in one JVM that accepts its
 * connections itself, without fdwork.
 */
class DirectServer implements SmartLifecycle {

	private static final int BACKLOG = 1024;

	private final HttpPipeline pipeline;

	private final InetSocketAddress address;

	private @Nullable EventLoopGroup acceptor;

	private @Nullable EventLoopGroup eventLoops;

	private @Nullable Channel channel;

	DirectServer(HttpPipeline pipeline, InetSocketAddress address) {
		this.pipeline = pipeline;
		this.address = address;
	}

	@Override
	public void start() {
		this.acceptor = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
		this.eventLoops = new MultiThreadIoEventLoopGroup(Runtime.getRuntime().availableProcessors(),
				EpollIoHandler.newFactory());
		this.channel = new ServerBootstrap().group(this.acceptor, this.eventLoops)
			.channel(EpollServerSocketChannel.class)
			.option(ChannelOption.SO_BACKLOG, BACKLOG)
			.childHandler(this.pipeline)
			.bind(this.address)
			.syncUninterruptibly()
			.channel();
	}

	@Override
	public void stop() {
		if (this.channel != null) {
			this.channel.close().syncUninterruptibly();
			this.channel = null;
		}
		for (EventLoopGroup group : new EventLoopGroup[] { this.acceptor, this.eventLoops }) {
			if (group != null) {
				group.shutdownGracefully();
			}
		}
	}

	@Override
	public boolean isRunning() {
		return this.channel != null;
	}

}
