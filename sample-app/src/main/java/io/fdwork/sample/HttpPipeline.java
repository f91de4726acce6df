package io.fdwork.sample;

import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;

/**
 * HTTP/1.1 on a connection that the daemon accepted: nothing here knows of fdwork but the
 * {@link HttpExchangeHandler}'s reaction to a drain.
 */
class HttpPipeline extends ChannelInitializer<SocketChannel> {

	private static final int MAX_BODY_BYTES = 16 * 1024 * 1024;

	private final Routes routes;

	HttpPipeline(Routes routes) {
		this.routes = routes;
	}

	@Override
	protected void initChannel(SocketChannel channel) {
		channel.pipeline()
			.addLast(new HttpServerCodec(), new HttpObjectAggregator(MAX_BODY_BYTES),
					new HttpExchangeHandler(this.routes));
	}

}
