package io.fdwork.internal.serve.reactor;

import io.fdwork.descriptor.ConnectionChannel;
import io.fdwork.internal.home.HomeRule;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import org.jspecify.annotations.Nullable;
import reactor.netty.channel.ChannelOperations;

/**
 * A connection that cannot go home, and how it ends while the worker drains. All but the
 * channel is for its event loop.
 */
final class OpenConnection {

	private final ConnectionChannel channel;

	private long idleSinceNanos;

	private boolean idle;

	private boolean closing;

	private final Http2Drain http2 = new Http2Drain();

	/**
	 * Create a connection.
	 * @param channel its channel
	 * @param nowNanos the time of now
	 */
	OpenConnection(ConnectionChannel channel, long nowNanos) {
		this.channel = channel;
		this.idleSinceNanos = nowNanos;
	}

	ConnectionChannel channel() {
		return this.channel;
	}

	/**
	 * Ask the client to open no more streams, if it speaks HTTP/2 and was not asked: to
	 * be called now and then while the daemon is about to close its ports.
	 */
	void part() {
		ChannelHandlerContext codec = http2Codec();
		if (codec != null) {
			this.http2.tell(codec, System.nanoTime());
		}
	}

	private @Nullable ChannelHandlerContext http2Codec() {
		return this.channel.pipeline().context(Http2ConnectionHandler.class);
	}

	/**
	 * Go on to end this without breaking a request: to be called now and then while the
	 * worker drains.
	 */
	void endSoon() {
		if (this.closing) {
			return;
		}
		long now = System.nanoTime();
		ChannelHandlerContext codec = http2Codec();
		boolean idle = (codec != null) ? this.http2.isIdle(codec, now) : ChannelOperations.get(this.channel) == null;
		if (!idle || !this.idle) {
			this.idleSinceNanos = now;
		}
		this.idle = idle;
		if (idle && HomeRule.ofOneThatStays(true, now - this.idleSinceNanos).action() == HomeRule.Action.CLOSE) {
			this.closing = true;
			this.channel.close();
		}
	}

}
