package io.fdwork.serve.http;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.fdwork.internal.home.WayHome;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandler;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.ReferenceCountUtil;

/**
 * Keeps the last request of a connection, one that asks for its end, until whoever serves
 * is done with the one before: Reactor Netty 1.3.6 never comes to such a request if it
 * gets it while it is about to finish the response before, and the client waits for ever.
 * For the event loop of the connection.
 */
final class LastRequest {

	/**
	 * What is about to be finished is so in less.
	 */
	private static final long LOOK_MILLIS = 1;

	private static final int MAX_PARTS = 256;

	private final List<Object> parts = new ArrayList<>();

	// Whether somebody will look again
	private boolean looking;

	/**
	 * Keep a message, if it is a part of the last request and that has to wait.
	 * @param unanswered how many requests before it are not answered
	 * @return whether it is kept
	 */
	boolean keep(ChannelHandlerContext context, Object message, int unanswered) {
		return (isKept() || (message instanceof HttpRequest request && !HttpUtil.isKeepAlive(request)
				&& hasToWait(context, unanswered))) && this.parts.add(message);
	}

	private static boolean hasToWait(ChannelHandlerContext context, int unanswered) {
		return unanswered > 0 || !WayHome.isFree(context.channel());
	}

	boolean isKept() {
		return !this.parts.isEmpty();
	}

	/**
	 * Return whether no more should be kept: a long body comes, though nobody wants to
	 * read it yet.
	 */
	boolean isTooLong() {
		return this.parts.size() >= MAX_PARTS;
	}

	/**
	 * Let a handler read what is kept, as soon as that is possible.
	 */
	void release(ChannelHandlerContext context, ChannelInboundHandler handler) {
		if (!isKept() || this.looking) {
			return;
		}
		if (!isTooLong() && !WayHome.isFree(context.channel())) {
			this.looking = true;
			context.executor().schedule(() -> {
				this.looking = false;
				release(context, handler);
			}, LOOK_MILLIS, TimeUnit.MILLISECONDS);
			return;
		}
		List<Object> all = List.copyOf(this.parts);
		this.parts.clear();
		try {
			for (Object part : all) {
				handler.channelRead(context, part);
			}
			handler.channelReadComplete(context);
		}
		catch (Exception ex) {
			context.fireExceptionCaught(ex);
		}
	}

	/**
	 * Let go of what is kept: nobody will answer it.
	 */
	void drop() {
		this.parts.forEach(ReferenceCountUtil::release);
		this.parts.clear();
	}

}
