package io.fdwork.serve.http;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.fdwork.ConnectionHistory;
import io.fdwork.internal.home.HomeRule;
import io.fdwork.internal.home.IdlePoint;
import io.fdwork.internal.home.WayHome;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.serve.DrainEvent;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
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
 * time of its server, or at once when the worker drains or others wait in the queue for
 * the room that it takes. The pipeline sees its channel inactive; the client sees
 * nothing, and whoever gets its next request answers it.
 * <p>
 * It takes the place of an {@link io.netty.handler.codec.http.HttpServerCodec}, which
 * does not tell what it has read of the next request. Where it is not the first of the
 * pipeline, behind TLS for instance, connections stay, as what comes before it cannot be
 * handed on. So do those that are not kept alive or speak another protocol by now, those
 * that came with more than a connection, and all while there is no daemon. When the
 * worker drains, the ones that cannot go home are closed after their response, which says
 * so, or when they are idle for {@link HomeRule#DRAIN_IDLE_TIME}.
 */
public final class IdleReturnHttpCodec extends ChannelDuplexHandler {

	private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

	private final RequestDecoder decoder;

	private final Encoder encoder = new Encoder();

	// Of the requests whose response has not begun
	private final Queue<HttpMethod> methods = new ArrayDeque<>(2);

	// What the connection is served as, with fdwork
	private @Nullable GotWork work;

	private @Nullable IdlePoint idlePoint;

	private Persistence persistence = Persistence.KEPT_ALIVE;

	private int unanswered;

	// Of those, the ones whose response has not been handed to the channel to its end
	private int unwritten;

	// The end of a request has yet to come
	private boolean reading;

	// The response that is being written is not that which ends the request
	private boolean informational;

	private boolean draining;

	// How many requests the connection has carried, in other processes too
	private int requests;

	private long idleSince;

	// What came here idle has been so for longer
	private long idleBefore;

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
		// May be an attempt to smuggle: what follows is not to be trusted
		this.decoder = new RequestDecoder(config, () -> become(Persistence.CLOSING));
	}

	@Override
	public void handlerAdded(ChannelHandlerContext context) {
		// In this order: what Netty puts in place of the decoder, for WebSocket say,
		// writes through what it puts before the encoder
		context.pipeline().addBefore(context.name(), null, this.encoder).addBefore(context.name(), null, this.decoder);
		this.work = WayHome.gotWork(context.channel());
		this.idlePoint = IdlePoint.of(context.channel(), this.work);
		this.idleSince = System.nanoTime();
		ConnectionHistory history = WayHome.history(context.channel());
		if (history != null) {
			this.requests = history.requests();
			this.idleBefore = Math.max(0, this.idleSince - history.idleSinceNanos());
		}
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
		become(Persistence.LAST);
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
			if (this.unanswered == 0 && this.work != null) {
				// Read already, so nobody else can answer it
				this.work.resume();
			}
			this.unanswered++;
			this.unwritten++;
			this.requests++;
			this.idleBefore = 0;
			this.reading = true;
			this.methods.add(request.method());
			if (!HttpUtil.isKeepAlive(request) || HttpMethod.CONNECT.equals(request.method())) {
				become(Persistence.LAST);
			}
		}
		if (message instanceof HttpObject object && object.decoderResult().isFailure()) {
			// Netty's decoder discards whatever follows;
			// another one would take it for a request
			become(Persistence.LAST);
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
		freePermitIfIdle(context);
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
			// Not one that is requested only when this is on its way
			boolean closing = this.persistence == Persistence.CLOSING;
			context.write(message,
					promise.unvoid().addListener((written) -> answered(context, closing, written.isSuccess())));
			this.unwritten--;
			markIfIdleWhenFlushed(context.channel());
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
			become(Persistence.LAST);
			return;
		}
		if (this.persistence == Persistence.KEPT_ALIVE
				&& WayHome.isLast(context.channel(), this.encoder, this.draining)) {
			HttpUtil.setKeepAlive(response, false);
			become(Persistence.CLOSING);
		}
		boolean delimited = HttpUtil.isContentLengthSet(response) || HttpUtil.isTransferEncodingChunked(response)
				|| response.status().equals(HttpResponseStatus.NO_CONTENT)
				|| response.status().equals(HttpResponseStatus.NOT_MODIFIED);
		if (!delimited || !HttpUtil.isKeepAlive(response)) {
			become(Persistence.LAST);
		}
	}

	private void answered(ChannelHandlerContext context, boolean closing, boolean written) {
		this.unanswered--;
		if (closing) {
			context.close();
		}
		else if (written) {
			this.idleSince = System.nanoTime();
			freePermitIfIdle(context);
			if (this.check != null && WayHome.isRoomWanted(context.channel(), this.encoder)) {
				stopCheck();
			}
			checkLater(context);
		}
	}

	private void freePermitIfIdle(ChannelHandlerContext context) {
		if (this.work != null && isIdle(context)) {
			markIfIdleWhenFlushed(context.channel());
			this.work.idle();
		}
	}

	/**
	 * Before the flush: whoever ends this process right after it leaves an idle
	 * connection behind.
	 */
	private void markIfIdleWhenFlushed(Channel channel) {
		if (this.idlePoint != null && this.persistence == Persistence.KEPT_ALIVE && this.unwritten == 0
				&& this.decoder.isBetweenRequests() && WayHome.isBare(channel, this.encoder)) {
			this.idlePoint.mark(this.decoder.consumed());
		}
	}

	private void become(Persistence next) {
		if (this.persistence.canBecome(next)) {
			this.persistence = next;
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
		if (this.check == null && isIdle(context)) {
			HomeRule.Advice advice = advise(context);
			if (advice.action() != HomeRule.Action.STAY) {
				// Not now: whoever has written the response may not be done with it
				check(context, advice.nanos());
			}
		}
	}

	private HomeRule.Advice advise(ChannelHandlerContext context) {
		return WayHome.advise(context.channel(), this.encoder, this.draining, System.nanoTime() - this.idleSince,
				this.idleBefore);
	}

	/**
	 * There is not one check for each request, that would be paid by all which are busy.
	 */
	private void check(ChannelHandlerContext context, long delayNanos) {
		this.check = context.executor().schedule(() -> checkNow(context), delayNanos, TimeUnit.NANOSECONDS);
	}

	private void checkNow(ChannelHandlerContext context) {
		this.check = null;
		if (!isIdle(context)) {
			// The next response checks again
			return;
		}
		HomeRule.Advice advice = advise(context);
		switch (advice.action()) {
			case GO -> {
				markIfIdleWhenFlushed(context.channel());
				if (!WayHome.send(context.channel(), history(), this.draining)) {
					check(context, RETRY_NANOS);
				}
			}
			case CLOSE -> context.close();
			case ASK_AGAIN -> check(context, advice.nanos());
			case STAY -> {
				// The next event asks again
			}
		}
	}

	private ConnectionHistory history() {
		return new ConnectionHistory(this.requests, this.idleSince - this.idleBefore);
	}

	private boolean isIdle(ChannelHandlerContext context) {
		return this.persistence == Persistence.KEPT_ALIVE && activity(context.channel()) == Activity.IDLE;
	}

	private Activity activity(Channel channel) {
		if (this.unanswered != 0) {
			return Activity.ANSWERING;
		}
		if (this.reading || !this.decoder.isBetweenRequests()) {
			return Activity.READING;
		}
		return (isFlushed(channel)) ? Activity.IDLE : Activity.WRITING;
	}

	private static boolean isFlushed(Channel channel) {
		ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
		return channel.isActive() && buffer != null && buffer.isEmpty();
	}

	/**
	 * Knows the requests that it encodes responses for.
	 */
	private final class Encoder extends HttpResponseEncoder {

		private @Nullable HttpMethod method;

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
