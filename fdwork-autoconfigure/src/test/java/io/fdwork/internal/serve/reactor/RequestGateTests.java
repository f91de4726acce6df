package io.fdwork.internal.serve.reactor;

import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.netty.DisposableServer;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RequestGate}.
 */
class RequestGateTests {

	private final Reads reads = new Reads();

	private boolean busy;

	private final EmbeddedChannel channel = new EmbeddedChannel(this.reads, new RequestGate((channel) -> this.busy));

	@BeforeEach
	void readOnlyWhenAsked() {
		this.channel.config().setAutoRead(false);
		this.reads.count = 0;
	}

	@AfterEach
	void close() {
		this.channel.finishAndReleaseAll();
	}

	@Test
	void shouldPassOnWhatComesWhenServerIsFree() {
		request("/a");
		assertThat(passed()).containsExactly("/a", "end");
		ask();
		assertThat(this.reads.count).isOne();
	}

	@Test
	void shouldPassRestOfRequestThatServerIsBusyWith() {
		this.channel.writeInbound(head("/a"));
		this.busy = true;
		this.channel.writeInbound(LastHttpContent.EMPTY_LAST_CONTENT);
		assertThat(passed()).containsExactly("/a", "end");
	}

	@Test
	void shouldKeepNextRequestsUntilServerIsFreeAndAsks() {
		request("/a");
		this.busy = true;
		request("/b");
		request("/c");
		assertThat(passed()).containsExactly("/a", "end");
		ask();
		assertThat(passed()).as("busy still").isEmpty();
		this.busy = false;
		assertThat(passed()).as("not asked for").isEmpty();
		ask();
		assertThat(passed()).containsExactly("/b", "end", "/c", "end");
		assertThat(this.reads.count).as("nothing is read while something is kept").isZero();
		ask();
		assertThat(this.reads.count).isOne();
	}

	@Test
	void shouldPassOneRequestOfThoseThatAreKeptWhenServerIsBusyAgain() {
		this.busy = true;
		request("/a");
		request("/b");
		this.busy = false;
		this.channel.pipeline().addLast(new Busy());
		ask();
		assertThat(passed()).containsExactly("/a", "end");
		this.busy = false;
		ask();
		assertThat(passed()).containsExactly("/b", "end");
	}

	@Test
	void shouldReleaseWhatIsKeptWhenConnectionEnds() {
		ByteBuf body = Unpooled.copiedBuffer(new byte[1]);
		this.busy = true;
		this.channel.writeInbound(head("/a"), new DefaultLastHttpContent(body));
		this.channel.close();
		assertThat(body.refCnt()).isZero();
		assertThat(passed()).isEmpty();
	}

	@Test
	void shouldAnswerRequestsThatComeBeforeReactorNettyIsDoneWithTheOneBefore() throws IOException {
		HttpServer server = HttpServer.create()
			.host("127.0.0.1")
			.port(0)
			.handle((request, response) -> response.header("Content-Length", "1")
				.sendObject(Unpooled.copiedBuffer("x", StandardCharsets.US_ASCII)));
		DisposableServer bound = RequestGate.before(server)
			.doOnChannelInit((observer, channel, remote) -> channel.pipeline()
				.addBefore(NettyPipeline.HttpTrafficHandler, null, new LateWrites()))
			.bindNow();
		try (Socket client = new Socket("127.0.0.1", bound.port())) {
			client.setSoTimeout(20_000);
			for (int i = 0; i < 4; i++) {
				get(client, "");
				assertThat(response(client)).endsWith("x");
			}
			get(client, "");
			assertThat(response(client)).endsWith("x");
			get(client, "Connection: close\r\n");
			assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)).endsWith("x");
		}
		finally {
			bound.disposeNow();
		}
	}

	private static void get(Socket client, String header) throws IOException {
		client.getOutputStream()
			.write(("GET / HTTP/1.1\r\nHost: x\r\n" + header + "\r\n").getBytes(StandardCharsets.US_ASCII));
	}

	private static String response(Socket client) throws IOException {
		StringBuilder response = new StringBuilder();
		while (!response.toString().endsWith("\r\n\r\nx")) {
			int read = client.getInputStream().read();
			if (read < 0) {
				throw new EOFException("After: " + response);
			}
			response.append((char) read);
		}
		return response.toString();
	}

	private void request(String uri) {
		this.channel.writeInbound(head(uri), LastHttpContent.EMPTY_LAST_CONTENT);
	}

	private static HttpRequest head(String uri) {
		return new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, uri);
	}

	private void ask() {
		this.channel.pipeline().read();
		this.channel.runPendingTasks();
	}

	private List<String> passed() {
		List<String> passed = new ArrayList<>();
		for (Object message = this.channel.readInbound(); message != null; message = this.channel.readInbound()) {
			passed.add((message instanceof HttpRequest request) ? request.uri() : "end");
		}
		return passed;
	}

	/**
	 * Counts how often the connection is read, and reads nothing.
	 */
	private static final class Reads extends ChannelOutboundHandlerAdapter {

		private int count;

		@Override
		public void read(ChannelHandlerContext context) {
			this.count++;
		}

	}

	/**
	 * Is busy with each request that it gets.
	 */
	private final class Busy extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			RequestGateTests.this.busy = true;
			context.fireChannelRead(message);
		}

	}

	/**
	 * Says of every other response only later that it is written.
	 */
	private static final class LateWrites extends ChannelOutboundHandlerAdapter {

		private int responses;

		@Override
		public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
			if (message instanceof LastHttpContent && this.responses++ % 2 == 0) {
				context.write(message)
					.addListener((written) -> context.executor()
						.schedule(() -> promise.setSuccess(), 50, TimeUnit.MILLISECONDS));
				return;
			}
			context.write(message, promise);
		}

	}

}
