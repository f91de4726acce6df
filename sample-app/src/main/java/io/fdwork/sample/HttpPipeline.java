package io.fdwork.sample;

import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;

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
		// One request at a time, so that pipelined ones are answered in their order
		channel.config().setAutoRead(false);
		channel.pipeline()
			.addLast(new HttpServerCodec(), new HttpObjectAggregator(MAX_BODY_BYTES), new FlowControlHandler(),
					new HttpExchangeHandler(this.routes));
	}

}
