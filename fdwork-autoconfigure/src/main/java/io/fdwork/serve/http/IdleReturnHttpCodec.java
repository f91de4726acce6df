package io.fdwork.serve.http;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.fdwork.descriptor.ConnectionChannel;
import io.fdwork.internal.home.WayHome;
import io.fdwork.serve.DrainEvent;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;

/**
 * A codec for HTTP/1.1 whose idle connections go home: one that is kept alive, with all
 * requests answered and nothing read of the next, goes back to the daemon after the idle
 * time of its server, or at once when the worker drains or others wait in the queue for the
 * room that it takes. The pipeline sees its channel inactive; the client sees nothing, and
 * whoever gets its next request answers it.
 * <p>
 * It takes the place of an {@link io.netty.handler.codec.http.HttpServerCodec}, which does
 * not tell what it has read of the next request. Where it is not the first of the pipeline,
 * behind TLS for instance, connections stay, as what comes before it cannot be handed on.
 * So do those that are not kept alive or speak another protocol by now, those that came with
 * more than a connection, and all while there is no daemon. When the worker drains, the ones
 * that cannot go home are closed after their response, which says so, or when they are idle
 * for {@link WayHome#DRAIN_IDLE_TIME}.
 */
public final class IdleReturnHttpCodec extends ChannelDuplexHandler {

	private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

	/**
	 * How often an idle connection of a worker without room looks whether others wait.
	 */
	private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

	private final Decoder decoder;

	private final Encoder encoder = new Encoder();

	// Of the requests whose response has not begun
	private final Queue<HttpMethod> methods = new ArrayDeque<>(2);

	private int unanswered;

	private boolean reading;

	private boolean informational;

	// No other request is to be expected, or none in HTTP
	private boolean last;

	private boolean closing;

	private boolean draining;

	private long idleSince;

	private @Nullable Future<?> check;

	/**
	 * Create a codec with the default limits.
	 */
	public IdleReturnHttpCodec() {
		this(new HttpDecoderConfig());
	}

	/**
	 * Create a codec.
	 * @param config the limits of requests
	 */
	public IdleReturnHttpCodec(HttpDecoderConfig config) {
		this.decoder = new Decoder(config);
	}

	@Override
	public void handlerAdded(ChannelHandlerContext context) {
		context.pipeline().addBefore(context.name(), null, this.decoder).addBefore(context.name(), null, this.encoder);
		this.idleSince = System.nanoTime();
	}

	@Override
	public void handlerRemoved(ChannelHandlerContext context) {
		stopChecking();
	}

	@Override
	public void channelActive(ChannelHandlerContext context) throws Exception {
		super.channelActive(context);
		if (!context.channel().config().isAutoRead()) {
			// No read may complete before the client sends something
			checkLater(context);
		}
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) throws Exception {
		stopChecking();
		super.channelInactive(context);
	}

	private void stopChecking() {
		this.last = true;
		stopCheck();
	}

	private void stopCheck() {
		if (this.check != null) {
			this.check.cancel(false);
			this.check = null;
		}
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
		if (message instanceof HttpRequest request) {
			this.unanswered++;
			this.reading = true;
			this.methods.add(request.method());
			this.last |= !HttpUtil.isKeepAlive(request) || HttpMethod.CONNECT.equals(request.method());
		}
		if (message instanceof HttpObject object && object.decoderResult().isFailure()) {
			// Netty's decoder discards whatever follows; another one would take it for a request
			this.last = true;
		}
		if (message instanceof LastHttpContent) {
			this.reading = false;
		}
		super.channelRead(context, message);
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext context) throws Exception {
		super.channelReadComplete(context);
		// A client that connects and sends nothing is idle too
		checkLater(context);
	}

	@Override
	public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) throws Exception {
		if (message instanceof HttpResponse response) {
			this.informational = isInformational(response);
			if (!this.informational) {
				respond(context, response);
			}
		}
		if (message instanceof LastHttpContent && !this.informational) {
			context.write(message, promise.unvoid().addListener((written) -> answered(context, written.isSuccess())));
			return;
		}
		super.write(context, message, promise);
	}

	private static boolean isInformational(HttpResponse response) {
		return response.status().codeClass() == HttpStatusClass.INFORMATIONAL
				&& !response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS);
	}

	private void respond(ChannelHandlerContext context, HttpResponse response) {
		if (response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
			this.last = true;
			return;
		}
		if (this.draining && !this.last && wayHome(context) == null) {
			HttpUtil.setKeepAlive(response, false);
			this.closing = true;
		}
		boolean delimited = HttpUtil.isContentLengthSet(response) || HttpUtil.isTransferEncodingChunked(response)
				|| response.status().equals(HttpResponseStatus.NO_CONTENT)
				|| response.status().equals(HttpResponseStatus.NOT_MODIFIED);
		this.last |= !delimited || !HttpUtil.isKeepAlive(response);
	}

	private void answered(ChannelHandlerContext context, boolean written) {
		this.unanswered--;
		if (this.closing) {
			context.close();
		}
		else if (written) {
			this.idleSince = System.nanoTime();
			if (this.check != null && isRoomWanted(context)) {
				stopCheck();
			}
			checkLater(context);
		}
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
		if (event instanceof DrainEvent) {
			this.draining = true;
			stopCheck();
			checkLater(context);
		}
		super.userEventTriggered(context, event);
	}

	private void checkLater(ChannelHandlerContext context) {
		if (this.check != null || !isIdle(context)) {
			return;
		}
		if (this.draining || isRoomWanted(context)) {
			// Not now: whoever has written the response may not be done with it
			check(context, 0);
		}
		else if (!idleTime(context).isZero()) {
			checkIn(context, idleTime(context).toNanos());
		}
	}

	private boolean isRoomWanted(ChannelHandlerContext context) {
		WayHome wayHome = wayHome(context);
		return wayHome != null && wayHome.isRoomWanted(context.channel());
	}

	private void checkIn(ChannelHandlerContext context, long nanos) {
		WayHome wayHome = WayHome.of(context.channel());
		boolean atLimit = wayHome != null && wayHome.isAtLimit(context.channel());
		check(context, (atLimit) ? Math.min(nanos, LOOK_NANOS) : nanos);
	}

	private static Duration idleTime(ChannelHandlerContext context) {
		WayHome wayHome = WayHome.of(context.channel());
		return (wayHome != null) ? wayHome.idleTime() : Duration.ZERO;
	}

	private void check(ChannelHandlerContext context, long delayNanos) {
		this.check = context.executor().schedule(() -> checkNow(context), delayNanos, TimeUnit.NANOSECONDS);
	}

	private void checkNow(ChannelHandlerContext context) {
		this.check = null;
		if (!isIdle(context)) {
			// The next response checks again
			return;
		}
		WayHome wayHome = wayHome(context);
		// Not one check for each request, that would be paid by all which are busy
		long left = enough(context, wayHome).toNanos() - (System.nanoTime() - this.idleSince);
		if (left > 0) {
			checkIn(context, left);
		}
		else if (wayHome != null) {
			if (!wayHome.send((ConnectionChannel) context.channel())) {
				check(context, RETRY_NANOS);
			}
		}
		else if (this.draining) {
			context.close();
		}
		else {
			checkIn(context, idleTime(context).toNanos());
		}
	}

	/**
	 * A client that is about to send its next request gets an answer, instead of a reset.
	 */
	private Duration enough(ChannelHandlerContext context, @Nullable WayHome wayHome) {
		if (!this.draining) {
			return (wayHome != null && wayHome.isRoomWanted(context.channel())) ? Duration.ZERO : idleTime(context);
		}
		return (wayHome != null) ? Duration.ZERO : WayHome.DRAIN_IDLE_TIME;
	}

	private boolean isIdle(ChannelHandlerContext context) {
		return this.unanswered == 0 && !this.reading && !this.last && this.decoder.isBetweenRequests()
				&& isFlushed(context.channel());
	}

	private static boolean isFlushed(Channel channel) {
		ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
		return channel.isActive() && buffer != null && buffer.isEmpty();
	}

	private @Nullable WayHome wayHome(ChannelHandlerContext context) {
		WayHome wayHome = WayHome.of(context.channel());
		return (wayHome != null && context.pipeline().first() == this.decoder && wayHome.isOpenFor(context.channel()))
				? wayHome : null;
	}

	/**
	 * Knows whether it has read anything of the next request.
	 */
	private final class Decoder extends HttpRequestDecoder {

		private boolean betweenRequests = true;

		private boolean ambiguous;

		Decoder(HttpDecoderConfig config) {
			super(config);
		}

		@Override
		protected void decode(ChannelHandlerContext context, ByteBuf buffer, List<Object> out) throws Exception {
			int messages = out.size();
			int bytes = buffer.readableBytes();
			super.decode(context, buffer, out);
			if (out.size() > messages) {
				this.betweenRequests = out.get(out.size() - 1) instanceof LastHttpContent;
			}
			else if (buffer.readableBytes() < bytes) {
				this.betweenRequests = false;
			}
		}

		boolean isBetweenRequests() {
			return this.betweenRequests && actualReadableBytes() == 0;
		}

		@Override
		protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
			super.handleTransferEncodingChunkedWithContentLength(message);
			// May be an attempt to smuggle: what follows is not to be trusted
			IdleReturnHttpCodec.this.last = true;
			this.ambiguous = true;
		}

	}

	/**
	 * Knows the requests that it encodes responses for.
	 */
	private final class Encoder extends HttpResponseEncoder {

		private @Nullable HttpMethod method;

		@Override
		public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) throws Exception {
			if (message instanceof LastHttpContent && IdleReturnHttpCodec.this.decoder.ambiguous
					&& !IdleReturnHttpCodec.this.informational) {
				super.write(context, message, promise.unvoid().addListener((written) -> context.close()));
				return;
			}
			super.write(context, message, promise);
		}

		@Override
		protected boolean isContentAlwaysEmpty(HttpResponse response) {
			this.method = (isInformational(response)) ? null : IdleReturnHttpCodec.this.methods.poll();
			return HttpMethod.HEAD.equals(this.method) || super.isContentAlwaysEmpty(response);
		}

		@Override
		protected void sanitizeHeadersBeforeEncode(HttpResponse response, boolean isAlwaysEmpty) {
			if (!isAlwaysEmpty && HttpMethod.CONNECT.equals(this.method)
					&& response.status().codeClass() == HttpStatusClass.SUCCESS) {
				// RFC 9112, 6.1: there is none in a response to CONNECT
				response.headers().remove(HttpHeaderNames.TRANSFER_ENCODING);
				return;
			}
			super.sanitizeHeadersBeforeEncode(response, isAlwaysEmpty);
		}

	}

}
