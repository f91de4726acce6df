package io.fdwork.sample.netty;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.fdwork.sample.Answers;
import io.fdwork.sample.Journal;
import io.fdwork.sample.SampleProperties;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import org.jspecify.annotations.Nullable;

/**
 * What the pipeline answers to which path.
 */
class Routes {

	private final boolean haltEnabled;

	private final int failEvery;

	private final int slowdown;

	private final AtomicInteger works = new AtomicInteger();

	private final @Nullable Journal journal;

	/**
	 * Create routes.
	 * @param properties what is bad about this release, and whether {@code /halt} kills
	 * this JVM
	 * @param journal where to write what is executed, if anybody wants to know
	 */
	Routes(SampleProperties properties, @Nullable Journal journal) {
		this.haltEnabled = properties.haltEnabled();
		this.failEvery = properties.failEvery();
		this.slowdown = properties.slowdown();
		this.journal = journal;
	}

	Answer answer(FullHttpRequest request) {
		if (this.journal != null) {
			this.journal.executed(request.headers().get(Journal.NAME_HEADER));
		}
		QueryStringDecoder uri = new QueryStringDecoder(request.uri());
		String path = uri.path();
		if (HttpMethod.POST.equals(request.method())) {
			return post(path, uri, request);
		}
		if (path.equals("/")) {
			return text(HttpResponseStatus.OK, Answers.GREETING);
		}
		if (path.equals("/pid")) {
			return text(HttpResponseStatus.OK, Answers.PID);
		}
		if (path.equals("/work")) {
			return delayed(uri, text(HttpResponseStatus.OK, Answers.PID));
		}
		if (path.equals("/halt")) {
			return halt();
		}
		if (path.startsWith("/bytes/")) {
			Long bytes = number(path.substring("/bytes/".length()), Answers.MAX_BYTES);
			return (bytes != null) ? ok(Unpooled.wrappedBuffer(new byte[bytes.intValue()]), "application/octet-stream")
					: text(HttpResponseStatus.BAD_REQUEST,
							"The number of bytes is from 0 to " + Answers.MAX_BYTES + "\n");
		}
		return text(HttpResponseStatus.NOT_FOUND, "Try /, /pid, /work?millis=N, /bytes/N, POST /echo?millis=N\n");
	}

	private Answer post(String path, QueryStringDecoder uri, FullHttpRequest request) {
		if (path.equals("/echo")) {
			String type = request.headers().get(HttpHeaderNames.CONTENT_TYPE, "application/octet-stream");
			return delayed(uri, ok(request.content().retain(), type));
		}
		if (path.equals("/halt")) {
			return halt();
		}
		return text(HttpResponseStatus.NOT_FOUND, "Try POST /echo\n");
	}

	private Answer halt() {
		if (this.haltEnabled) {
			Answers.halt();
		}
		return text(HttpResponseStatus.FORBIDDEN, Answers.HALT_DISABLED);
	}

	private Answer delayed(QueryStringDecoder uri, Answer answer) {
		Long millis = number(uri.parameters().getOrDefault("millis", List.of("0")).get(0), Answers.MAX_DELAY_MILLIS);
		if (millis == null) {
			answer.response().release();
			return text(HttpResponseStatus.BAD_REQUEST,
					"millis is a number from 0 to " + Answers.MAX_DELAY_MILLIS + "\n");
		}
		if (this.failEvery > 0 && this.works.incrementAndGet() % this.failEvery == 0) {
			answer.response().release();
			return text(HttpResponseStatus.INTERNAL_SERVER_ERROR, Answers.PID);
		}
		return new Answer(answer.response(), millis * this.slowdown);
	}

	private static @Nullable Long number(String text, long max) {
		try {
			long number = Long.parseLong(text);
			return (number >= 0 && number <= max) ? number : null;
		}
		catch (NumberFormatException ex) {
			return null;
		}
	}

	private static Answer text(HttpResponseStatus status, String text) {
		return answer(status, Unpooled.copiedBuffer(text, StandardCharsets.UTF_8), "text/plain;charset=utf-8");
	}

	private static Answer ok(ByteBuf body, String type) {
		return answer(HttpResponseStatus.OK, body, type);
	}

	private static Answer answer(HttpResponseStatus status, ByteBuf body, String type) {
		FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
		response.headers().set(HttpHeaderNames.CONTENT_TYPE, type);
		return new Answer(response, 0);
	}

	/**
	 * A response and when to send it.
	 *
	 * @param response the response
	 * @param delayMillis how long to wait before it is sent
	 */
	record Answer(FullHttpResponse response, long delayMillis) {
	}

}
