package io.fdwork.sample;

import io.fdwork.serve.IdleReturnHttpCodec;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;

/**
 * HTTP/1.1 on a connection that the daemon accepted: nothing here knows of fdwork but the
 * codec, whose idle connections go back to the daemon.
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
			.addLast(new IdleReturnHttpCodec(), new HttpObjectAggregator(MAX_BODY_BYTES),
					new HttpExchangeHandler(this.routes));
	}

}
