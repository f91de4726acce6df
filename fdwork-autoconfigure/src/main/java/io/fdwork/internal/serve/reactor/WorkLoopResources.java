package io.fdwork.internal.serve.reactor;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.StreamSupport;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * The event loops of the application, with a server channel whose connections are works.
 * A connection is registered with the event loop that opens it.
 */
final class WorkLoopResources implements LoopResources {

	private final LoopResources delegate;

	private final WorkServerChannel serverChannel;

	private final Map<Boolean, EventLoopGroup> own = new ConcurrentHashMap<>();

	WorkLoopResources(LoopResources delegate, WorkServerChannel serverChannel) {
		this.delegate = delegate;
		this.serverChannel = serverChannel;
	}

	@Override
	public <CHANNEL extends Channel> CHANNEL onChannel(Class<CHANNEL> channelType, EventLoopGroup group) {
		return (channelType == ServerSocketChannel.class) ? channelType.cast(this.serverChannel)
				: this.delegate.onChannel(channelType, group);
	}

	@Override
	public <CHANNEL extends Channel> Class<? extends CHANNEL> onChannelClass(Class<CHANNEL> channelType,
			EventLoopGroup group) {
		return this.delegate.onChannelClass(channelType, group);
	}

	@Override
	public boolean daemon() {
		return this.delegate.daemon();
	}

	@Override
	public EventLoopGroup onClient(boolean useNative) {
		return this.delegate.onClient(useNative);
	}

	@Override
	public EventLoopGroup onServer(boolean useNative) {
		return this.own.computeIfAbsent(useNative, (key) -> LoopResources.colocate(this.delegate.onServer(useNative)));
	}

	/**
	 * Return those that connections can be registered with.
	 */
	List<IoEventLoop> eventLoops() {
		return StreamSupport.stream(this.delegate.onServer(true).spliterator(), false)
			.filter(IoEventLoop.class::isInstance)
			.map(IoEventLoop.class::cast)
			.filter((loop) -> loop.isIoType(EpollIoHandler.class))
			.toList();
	}

	@Override
	public EventLoopGroup onServerSelect(boolean useNative) {
		return this.delegate.onServerSelect(useNative);
	}

	@Override
	public Mono<Void> disposeLater(Duration quietPeriod, Duration timeout) {
		return this.delegate.disposeLater(quietPeriod, timeout);
	}

	@Override
	public boolean isDisposed() {
		return this.delegate.isDisposed();
	}

}
