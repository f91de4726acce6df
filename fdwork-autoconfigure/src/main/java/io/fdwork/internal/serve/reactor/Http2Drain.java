package io.fdwork.internal.serve.reactor;

import io.fdwork.internal.home.HomeRule;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;

/**
 * Tells the client of a connection with HTTP/2 that its worker drains, in two steps, as a
 * stream may be on its way: at first that it should open no more, and when it has had the
 * time to hear that, which was the last one to be answered. For the event loop of the
 * connection.
 */
final class Http2Drain {

	private static final long PATIENCE_NANOS = HomeRule.DRAIN_IDLE_TIME.toNanos();

	private Step step = Step.NOTHING_SAID;

	private long sinceNanos = System.nanoTime();

	/**
	 * Say that no more streams should be opened. All that come are answered.
	 * @param codec the context of the codec
	 * @param nowNanos the time of now
	 */
	void tell(ChannelHandlerContext codec, long nowNanos) {
		Http2ConnectionHandler handler = (Http2ConnectionHandler) codec.handler();
		if (this.step == Step.NOTHING_SAID && mayBegin(handler.connection(), nowNanos)) {
			become(Step.TOLD, nowNanos);
			if (!handler.connection().goAwaySent()) {
				goAway(codec, handler, Integer.MAX_VALUE);
			}
		}
	}

	/**
	 * Say what is to be said now, and whether there is nothing left to do for the client.
	 * @param codec the context of the codec
	 * @param nowNanos the time of now
	 * @return whether the client knows all, and every stream is closed
	 */
	boolean isIdle(ChannelHandlerContext codec, long nowNanos) {
		Http2ConnectionHandler handler = (Http2ConnectionHandler) codec.handler();
		Http2Connection connection = handler.connection();
		if (this.step == Step.NOTHING_SAID) {
			tell(codec, nowNanos);
		}
		else if (this.step == Step.TOLD && hasPassed(nowNanos)) {
			become(Step.REFUSING, nowNanos);
			goAway(codec, handler, connection.remote().lastStreamCreated());
		}
		return this.step == Step.REFUSING && connection.numActiveStreams() == 0;
	}

	/**
	 * A client that has opened the connection in this very moment did it for a stream.
	 */
	private boolean mayBegin(Http2Connection connection, long nowNanos) {
		return connection.remote().lastStreamCreated() > 0 || hasPassed(nowNanos);
	}

	private boolean hasPassed(long nowNanos) {
		return nowNanos - this.sinceNanos >= PATIENCE_NANOS;
	}

	private void become(Step step, long nowNanos) {
		this.step = step;
		this.sinceNanos = nowNanos;
	}

	private static void goAway(ChannelHandlerContext codec, Http2ConnectionHandler handler, int lastStream) {
		handler.goAway(codec, lastStream, Http2Error.NO_ERROR.code(), Unpooled.EMPTY_BUFFER, codec.newPromise());
		codec.flush();
	}

	/**
	 * What the client has been told.
	 */
	private enum Step {

		NOTHING_SAID, TOLD, REFUSING

	}

}
