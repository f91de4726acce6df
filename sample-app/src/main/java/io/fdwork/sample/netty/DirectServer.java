package io.fdwork.sample.netty;

import java.net.InetAddress;
import java.net.InetSocketAddress;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import org.jspecify.annotations.Nullable;

import org.springframework.context.SmartLifecycle;

/**
 * The baseline of the benchmarks: the same pipeline in a JVM that accepts its connections
 * itself, without fdwork.
 */
class DirectServer implements SmartLifecycle {

	private static final int BACKLOG = 1024;

	private final HttpPipeline pipeline;

	private final DirectProperties properties;

	private @Nullable EventLoopGroup acceptor;

	private @Nullable EventLoopGroup eventLoops;

	private @Nullable Channel channel;

	DirectServer(HttpPipeline pipeline, DirectProperties properties) {
		this.pipeline = pipeline;
		this.properties = properties;
	}

	@Override
	public void start() {
		this.acceptor = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
		Integer threads = this.properties.directEventLoops();
		this.eventLoops = new MultiThreadIoEventLoopGroup(
				(threads != null) ? threads : Runtime.getRuntime().availableProcessors(), EpollIoHandler.newFactory());
		ServerBootstrap bootstrap = new ServerBootstrap().group(this.acceptor, this.eventLoops)
			.channel(EpollServerSocketChannel.class)
			.option(ChannelOption.SO_BACKLOG, BACKLOG)
			.option(EpollChannelOption.SO_REUSEPORT, this.properties.directReusePort())
			.childHandler(this.pipeline);
		Integer concurrency = this.properties.directConcurrency();
		if (concurrency != null) {
			// Whether to go on is asked between two reads, so each may accept one only
			bootstrap.option(ChannelOption.MAX_MESSAGES_PER_READ, 1).handler(new AcceptLimit(concurrency));
		}
		this.channel = bootstrap
			.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), this.properties.directPort()))
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
