package io.fdwork.sample.netty;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

import io.fdwork.Work;
import io.fdwork.serve.FdworkAttributes;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the requests of one connection, one after the other, also when they are
 * pipelined.
 */
class HttpExchangeHandler extends ChannelInboundHandlerAdapter {

	private static final Logger logger = LoggerFactory.getLogger(HttpExchangeHandler.class);

	/**
	 * How many pipelined requests may wait before nothing more is read.
	 */
	private static final int MAX_WAITING = 16;

	private final Routes routes;

	private final Deque<FullHttpRequest> waiting = new ArrayDeque<>(2);

	private boolean busy;

	HttpExchangeHandler(Routes routes) {
		this.routes = routes;
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		this.waiting.addLast((FullHttpRequest) message);
		if (this.waiting.size() >= MAX_WAITING) {
			context.channel().config().setAutoRead(false);
		}
		answerNext(context);
	}

	private void answerNext(ChannelHandlerContext context) {
		FullHttpRequest request = (this.busy) ? null : this.waiting.pollFirst();
		if (request == null) {
			return;
		}
		this.busy = true;
		boolean keepAlive = HttpUtil.isKeepAlive(request);
		Routes.Answer answer;
		try {
			answer = this.routes.answer(request);
		}
		finally {
			request.release();
		}
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
		HttpUtil.setContentLength(response, response.content().readableBytes());
		if (response.status().codeClass() == HttpStatusClass.SERVER_ERROR) {
			fail(context, response);
			return;
		}
		HttpUtil.setKeepAlive(response, keepAlive);
		if (!keepAlive) {
			context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
			return;
		}
		context.writeAndFlush(response);
		this.busy = false;
		if (this.waiting.isEmpty()) {
			context.channel().config().setAutoRead(true);
		}
		answerNext(context);
	}

	/**
	 * Answer, and let the work count as failed, with which its connection ends.
	 */
	private static void fail(ChannelHandlerContext context, FullHttpResponse response) {
		HttpUtil.setKeepAlive(response, false);
		Work work = context.channel().attr(FdworkAttributes.WORK).get();
		context.writeAndFlush(response).addListener((written) -> {
			if (work != null) {
				work.fail();
			}
		}).addListener(ChannelFutureListener.CLOSE);
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) {
		this.waiting.forEach(FullHttpRequest::release);
		this.waiting.clear();
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		logger.debug("The client has gone", cause);
		context.close();
	}

}
