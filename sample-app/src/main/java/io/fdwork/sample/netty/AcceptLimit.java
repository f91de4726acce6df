package io.fdwork.sample.netty;

import java.util.concurrent.atomic.AtomicInteger;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Lets a server channel accept only while it has fewer than so many connections.
 */
class AcceptLimit extends ChannelInboundHandlerAdapter {

	private final int limit;

	private final AtomicInteger open = new AtomicInteger();

	AcceptLimit(int limit) {
		this.limit = limit;
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		this.open.incrementAndGet();
		((Channel) message).closeFuture().addListener((closed) -> {
			this.open.decrementAndGet();
			update(context.channel());
		});
		update(context.channel());
		context.fireChannelRead(message);
	}

	// By one thread, so that the last word is about the last number
	private void update(Channel server) {
		if (server.eventLoop().inEventLoop()) {
			server.config().setAutoRead(this.open.get() < this.limit);
		}
		else {
			server.eventLoop().execute(() -> update(server));
		}
	}

}
