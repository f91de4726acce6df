package io.fdwork.serve.http;

import java.util.List;

import io.fdwork.internal.home.RequestJournal;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;

/**
 * A decoder that knows how far it is: how many bytes it has made requests of, and whether
 * it has anything of the next one.
 */
final class RequestDecoder extends HttpRequestDecoder {

	private final Runnable onAmbiguous;

	private boolean betweenRequests = true;

	private long consumed;

	private boolean removed;

	private @Nullable RequestJournal journal;

	/**
	 * Create a decoder.
	 * @param onAmbiguous is told of a request whose end could be understood in two ways
	 */
	RequestDecoder(HttpDecoderConfig config, Runnable onAmbiguous) {
		super(config);
		this.onAmbiguous = onAmbiguous;
	}

	/**
	 * Copy what is read into a journal.
	 */
	void readThrough(@Nullable RequestJournal journal) {
		this.journal = journal;
	}

	/**
	 * Return whether this has left the pipeline: what is read is another one's.
	 */
	boolean isRemoved() {
		return this.removed;
	}

	@Override
	protected void handlerRemoved0(ChannelHandlerContext context) throws Exception {
		this.removed = true;
		super.handlerRemoved0(context);
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
		super.channelRead(context, (this.journal != null) ? this.journal.copyOf(message, context.alloc()) : message);
	}

	@Override
	protected void decode(ChannelHandlerContext context, ByteBuf buffer, List<Object> out) throws Exception {
		int messages = out.size();
		int bytes = buffer.readableBytes();
		super.decode(context, buffer, out);
		this.consumed += bytes - buffer.readableBytes();
		if (out.size() > messages) {
			this.betweenRequests = out.get(out.size() - 1) instanceof LastHttpContent;
		}
		else if (buffer.readableBytes() < bytes) {
			this.betweenRequests = false;
		}
	}

	/**
	 * Return whether all that was read belongs to requests that have come whole.
	 */
	boolean isBetweenRequests() {
		return this.betweenRequests && actualReadableBytes() == 0;
	}

	/**
	 * Return how many bytes requests were made of.
	 */
	long consumed() {
		return this.consumed;
	}

	@Override
	protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
		super.handleTransferEncodingChunkedWithContentLength(message);
		this.onAmbiguous.run();
	}

}
