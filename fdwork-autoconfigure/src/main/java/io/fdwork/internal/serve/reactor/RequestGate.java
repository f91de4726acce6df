package io.fdwork.internal.serve.reactor;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Predicate;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import reactor.netty.NettyPipeline;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.server.HttpServer;

/**
 * Lets Reactor Netty have one request of a connection at a time.
 * <p>
 * Reactor Netty 1.3.6 queues a request that comes before it is done with the one before,
 * though its response may be written already, and may then never read from the connection
 * again, nor come to a queued request that asks for the end of the connection
 * (https://github.com/reactor/reactor-netty/issues/4361). As it asks for more whenever it
 * is done with a request, what it asks for then is what was kept here. That is no more
 * than one read brings, as nothing is read while something is kept.
 */
final class RequestGate extends ChannelDuplexHandler {

	private final Predicate<Channel> busy;

	private final Queue<Object> kept = new ArrayDeque<>();

	private boolean passing;

	/**
	 * Create a gate.
	 * @param busy whether there is a request that Reactor Netty is not done with
	 */
	RequestGate(Predicate<Channel> busy) {
		this.busy = busy;
	}

	/**
	 * Return a server whose connections of HTTP/1.1 have a gate. Those that find out only
	 * later which protocol they speak, in TLS, have none.
	 * @param httpServer the server
	 * @return the server with gates
	 */
	static HttpServer before(HttpServer httpServer) {
		return httpServer.doOnChannelInit((observer, channel, remote) -> {
			if (channel.pipeline().get(NettyPipeline.HttpTrafficHandler) != null) {
				channel.pipeline()
					.addBefore(NettyPipeline.HttpTrafficHandler, null,
							new RequestGate((connection) -> ChannelOperations.get(connection) != null));
			}
		});
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		if (!this.kept.isEmpty() || isTooEarly(context, message)) {
			this.kept.add(message);
		}
		else {
			context.fireChannelRead(message);
		}
	}

	private boolean isTooEarly(ChannelHandlerContext context, Object message) {
		return message instanceof HttpRequest && this.busy.test(context.channel());
	}

	@Override
	public void read(ChannelHandlerContext context) {
		if (this.kept.isEmpty()) {
			context.read();
		}
		else if (!this.passing) {
			// Not now: whoever asks may not be done yet
			this.passing = true;
			context.executor().execute(() -> pass(context));
		}
	}

	private void pass(ChannelHandlerContext context) {
		this.passing = false;
		boolean passed = false;
		while (!this.kept.isEmpty() && !isTooEarly(context, this.kept.element())) {
			context.fireChannelRead(this.kept.remove());
			passed = true;
		}
		if (passed) {
			context.fireChannelReadComplete();
		}
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) {
		drop();
		context.fireChannelInactive();
	}

	@Override
	public void handlerRemoved(ChannelHandlerContext context) {
		drop();
	}

	private void drop() {
		for (Object message = this.kept.poll(); message != null; message = this.kept.poll()) {
			ReferenceCountUtil.release(message);
		}
	}

}
