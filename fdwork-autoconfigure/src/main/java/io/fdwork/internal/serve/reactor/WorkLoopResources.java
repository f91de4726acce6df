package io.fdwork.internal.serve.reactor;

import java.time.Duration;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ServerSocketChannel;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * The event loops of the application, with a server channel whose connections are works.
 */
final class WorkLoopResources implements LoopResources {

	private final LoopResources delegate;

	private final WorkServerChannel serverChannel;

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
		return this.delegate.onServer(useNative);
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
