package io.fdwork.serve.http;

import java.nio.charset.StandardCharsets;

import io.fdwork.serve.DrainEvent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link IdleReturnHttpCodec} on connections that cannot go home. Those that
 * can are tested with a daemon.
 */
class IdleReturnHttpCodecTests {

	private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

	private static final String AMBIGUOUS = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
			+ "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n";

	private final EmbeddedChannel channel = new EmbeddedChannel(
			new IdleReturnHttpCodec(new HttpDecoderConfig().setUseRfc9112TransferEncoding(false)));

	@AfterEach
	void close() {
		this.channel.finishAndReleaseAll();
	}

	@Test
	void shouldKeepConnectionOpenBetweenRequests() {
		for (int i = 0; i < 3; i++) {
			request(GET);
			answer("a");
			assertThat(sent()).endsWith("\r\n\r\na").doesNotContain("close");
		}
		assertThat(this.channel.isOpen()).isTrue();
	}

	@Test
	void shouldCloseAfterResponseInDrain() {
		request(GET);
		this.channel.pipeline().fireUserEventTriggered(DrainEvent.INSTANCE);
		assertThat(this.channel.isOpen()).isTrue();
		answer("a");
		assertThat(sent()).contains("connection: close").endsWith("\r\n\r\na");
		assertThat(this.channel.isOpen()).isFalse();
	}

	@Test
	void shouldCloseInDrainOnlyAfterTheResponseThatSaysSo() {
		request(GET + GET);
		this.channel.write(response("a"));
		this.channel.pipeline().fireUserEventTriggered(DrainEvent.INSTANCE);
		HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
		head.headers().set(HttpHeaderNames.CONTENT_LENGTH, 1);
		// The first has left when the second begins
		this.channel.writeAndFlush(head);
		assertThat(this.channel.isOpen()).isTrue();
		this.channel.writeAndFlush(new DefaultLastHttpContent(Unpooled.copiedBuffer("b", StandardCharsets.US_ASCII)));
		assertThat(sent()).contains("\r\n\r\na").contains("connection: close").endsWith("\r\n\r\nb");
		assertThat(this.channel.isOpen()).isFalse();
	}

	@Test
	void shouldCloseAfterResponseToAmbiguousRequest() {
		request(AMBIGUOUS);
		this.channel.writeAndFlush(
				new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
		assertThat(this.channel.isOpen()).as("it is only informational").isTrue();
		answer("a");
		assertThat(sent()).endsWith("\r\n\r\na");
		assertThat(this.channel.isOpen()).isFalse();
	}

	@Test
	void shouldLeaveItToOthersToCloseWhatIsNotKeptAlive() {
		request("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
		this.channel.pipeline().fireUserEventTriggered(DrainEvent.INSTANCE);
		answer("a");
		assertThat(this.channel.isOpen()).isTrue();
	}

	private void request(String bytes) {
		this.channel.writeInbound(Unpooled.copiedBuffer(bytes, StandardCharsets.US_ASCII));
	}

	private void answer(String body) {
		this.channel.writeAndFlush(response(body));
	}

	private static HttpResponse response(String body) {
		DefaultFullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK,
				Unpooled.copiedBuffer(body, StandardCharsets.US_ASCII));
		response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length());
		return response;
	}

	private String sent() {
		StringBuilder sent = new StringBuilder();
		for (ByteBuf bytes = this.channel.readOutbound(); bytes != null; bytes = this.channel.readOutbound()) {
			sent.append(bytes.toString(StandardCharsets.US_ASCII));
			bytes.release();
		}
		return sent.toString();
	}

}
