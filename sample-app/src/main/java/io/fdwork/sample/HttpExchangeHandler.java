package io.fdwork.sample;

import java.util.concurrent.TimeUnit;

import io.fdwork.serve.DrainEvent;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the requests of one connection, one after the other. Keeps the connection alive
 * between them until its worker drains.
 */
class HttpExchangeHandler extends SimpleChannelInboundHandler<FullHttpRequest> {

	private static final Logger logger = LoggerFactory.getLogger(HttpExchangeHandler.class);

	private final Routes routes;

	private boolean busy;

	private boolean draining;

	HttpExchangeHandler(Routes routes) {
		this.routes = routes;
	}

	@Override
	public void channelActive(ChannelHandlerContext context) {
		context.read();
	}

	@Override
	protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
		this.busy = true;
		boolean keepAlive = HttpUtil.isKeepAlive(request);
		Routes.Answer answer = this.routes.answer(request);
		if (answer.delayMillis() == 0) {
			respond(context, answer.response(), keepAlive);
		}
		else {
			context.executor()
				.schedule(() -> respond(context, answer.response(), keepAlive), answer.delayMillis(),
						TimeUnit.MILLISECONDS);
		}
	}

	private void respond(ChannelHandlerContext context, FullHttpResponse response, boolean keepAlive) {
		this.busy = false;
		boolean stay = keepAlive && !this.draining;
		HttpUtil.setContentLength(response, response.content().readableBytes());
		HttpUtil.setKeepAlive(response, stay);
		if (stay) {
			context.writeAndFlush(response);
			context.read();
		}
		else {
			context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
		}
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
		if (event instanceof DrainEvent) {
			this.draining = true;
			if (!this.busy) {
				context.close();
			}
		}
		super.userEventTriggered(context, event);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		logger.debug("The client has gone", cause);
		context.close();
	}

}
