package io.fdwork.internal.serve;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.fdwork.Connections;
import io.fdwork.RequestId;
import io.fdwork.Work;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.queue.WorkPermits;
import io.fdwork.internal.table.EntryState;
import io.fdwork.internal.table.JournalRecord;
import io.fdwork.internal.table.TableEntry;
import io.fdwork.internal.table.TestTable;
import io.fdwork.internal.wire.WorkMetadata;
import io.fdwork.serve.FdworkAttributes;
import io.fdwork.serve.http.IdleReturnHttpCodec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of what a Netty pipeline marks in the table: how far an idle connection has been
 * read and written, as its client has counted it, and that it has ended.
 */
@Timeout(60)
class IdlePointTests {

	private static final int READ_BEFORE = 100;

	private static final int WRITTEN_BEFORE = 1000;

	private static final int FILE_LENGTH = 300_000;

	@TempDir
	Path directory;

	private final CountDownLatch written = new CountDownLatch(1);

	private volatile Runnable flush = () -> {
	};

	private Connections connections;

	private TestTable table;

	private TableEntry entry;

	private Connections.Connection connection;

	// As the daemon does
	private Descriptor held;

	private NettyServer server;

	private final StringBuilder text = new StringBuilder();

	private long sent = READ_BEFORE;

	private long received = WRITTEN_BEFORE;

	@BeforeEach
	void open() throws IOException {
		this.connections = new Connections();
		this.connection = this.connections.connect();
		this.held = this.connection.descriptor().duplicate();
		this.table = new TestTable();
		this.entry = this.table.got(0, READ_BEFORE, WRITTEN_BEFORE);
	}

	@AfterEach
	void close() throws IOException {
		this.server.close();
		this.held.close();
		this.connection.close();
		this.connections.close();
		this.table.close();
	}

	@Test
	void shouldMarkHowFarConnectionIsAfterEachAnswer() throws Exception {
		serve(new HttpInitializer());
		for (String path : List.of("/", "/chunked", "/file", "/", "/large", "/none")) {
			send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
			receiveAnswer();
			assertMarked();
		}
		send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n" + "x".repeat(50_000));
		receiveAnswer();
		assertMarked();
		send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
		receiveAnswer();
		send("abc");
		receiveAnswer();
		assertMarked();
	}

	@Test
	void shouldMarkBeforeTheEndOfAnAnswerIsFlushed() throws Exception {
		serve(new HttpInitializer());
		send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n");
		assertThat(this.written.await(10, TimeUnit.SECONDS)).isTrue();
		assertThat(this.entry.read()).isEqualTo(this.sent);
		long expected = this.entry.written();
		assertThat(expected).isGreaterThan(WRITTEN_BEFORE);
		this.flush.run();
		receiveAnswer();
		assertThat(this.received).isEqualTo(expected);
		assertMarked();
	}

	@Test
	void shouldMarkNothingWhileSomethingIsToBeDone() throws Exception {
		serve(new HttpInitializer());
		String get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
		send(get);
		receiveAnswer();
		assertMarked();
		long read = this.entry.read();
		long written = this.entry.written();
		send(get + "GET /held HTTP/1.1\r\nHost: x\r\n\r\nGET / HT");
		receiveAnswer();
		assertThat(this.written.await(10, TimeUnit.SECONDS)).isTrue();
		this.flush.run();
		receiveAnswer();
		assertThat(this.entry.read()).as("part of the next request has been read").isEqualTo(read);
		assertThat(this.entry.written()).isEqualTo(written);
		send("TP/1.1\r\nHost: x\r\n\r\n");
		receiveAnswer();
		assertMarked();
	}

	@Test
	void shouldMarkNothingWhenAnswerComesBeforeTheRequestHasEnded() throws Exception {
		serve(new HttpInitializer(false));
		send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n");
		receiveAnswer();
		assertThat(this.entry.read()).isEqualTo(READ_BEFORE);
		send("abc");
		assertMarked();
	}

	@Test
	void shouldMarkNothingOnceAnotherProtocolIsSpoken() throws Exception {
		serve(new HttpInitializer());
		send("GET /upgrade HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n");
		receiveAnswer();
		assertThat(this.entry.read()).isEqualTo(READ_BEFORE);
		assertThat(this.entry.written()).isEqualTo(WRITTEN_BEFORE);
		assertThat(this.table.state(0)).isEqualTo(EntryState.GOT);
	}

	@Test
	void shouldMarkEndOfConnectionThatIsNotKeptAlive() throws Exception {
		serve(new HttpInitializer());
		send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
		receiveAnswer();
		assertThat(this.entry.read()).isEqualTo(READ_BEFORE);
		assertEnd();
	}

	@Test
	void shouldEndConnectionThatTheDaemonHoldsWithAnUnreadUpload() throws Exception {
		serve(new ChannelInitializer<>() {

			@Override
			protected void initChannel(Channel channel) {
				channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {

					@Override
					public void channelRead(ChannelHandlerContext context, Object message) {
						((ByteBuf) message).release();
						context.channel().config().setAutoRead(false);
						context.executor().schedule(() -> context.close(), 50, TimeUnit.MILLISECONDS);
					}

				});
			}

		});
		send("x".repeat(10_000));
		assertEnd();
	}

	@Test
	void shouldEndConnectionThatTheDaemonHoldsWhenHandlerFails() throws Exception {
		serve(new ChannelInitializer<>() {

			@Override
			protected void initChannel(Channel channel) {
				throw new IllegalStateException("expected");
			}

		});
		assertEnd();
	}

	@Test
	void shouldEndConnectionThatTheDaemonHoldsWhenServerIsClosed() throws Exception {
		serve(new HttpInitializer());
		send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
		receiveAnswer();
		this.server.close();
		assertEnd();
	}

	@Test
	void shouldEndConnectionThatTheDaemonHoldsWhateverItsLingerTimeIs() throws Exception {
		serve(new HttpInitializer());
		send("GET /linger HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
		receiveAnswer();
		assertEnd();
	}

	@Test
	void shouldLetTheDaemonGoWhenHandlerTakesDescriptor() throws Exception {
		serve(new ChannelInitializer<>() {

			@Override
			protected void initChannel(Channel channel) {
				channel.attr(FdworkAttributes.WORK).get().descriptors();
			}

		});
		Awaitility.await().until(() -> this.table.state(0) == EntryState.ENDED);
	}

	@Test
	void shouldReadIntoTheJournalWhatIsNotAnswered() throws Exception {
		serve(new HttpInitializer());
		for (int i = 0; i < 3; i++) {
			long read = this.sent;
			long written = this.received;
			for (String part : List.of("GET /held", i + " HTTP/1.1\r\n", "Host: x\r\n\r\n", "GET /second")) {
				send(part);
				Awaitility.await().untilAsserted(() -> assertJournal(read, written));
			}
			send(" HTTP/1.1\r\nHost: x\r\n\r\n");
			this.flush.run();
			receiveAnswer();
			receiveAnswer();
			assertMarked();
		}
	}

	@Test
	void shouldSayThatTheJournalDoesNotHaveAllThatWasRead() throws Exception {
		serve(new HttpInitializer());
		for (int i = 0; i < 3; i++) {
			String request = "GET / HTTP/1.1\r\nHost: x\r\nX: " + "x".repeat(10 * TestTable.JOURNAL) + "\r\n";
			send(request);
			Awaitility.await().untilAsserted(() -> assertThat(this.table.journal(0).written()).isEqualTo(-1));
			send("\r\n");
			receiveAnswer();
			assertMarked();
			send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
			receiveAnswer();
			assertThat(this.table.journal(0).written()).isNotNegative();
		}
	}

	@Test
	void shouldServeFirstWhatWorkerThatHasDiedHadRead() throws Exception {
		String request = "GET /none HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHo";
		this.sent += request.length();
		serve(new HttpInitializer(), request.getBytes(StandardCharsets.US_ASCII));
		receiveAnswer();
		send("st: x\r\n\r\n");
		receiveAnswer();
		assertMarked();
		long read = this.sent;
		long written = this.received;
		send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n");
		assertThat(this.written.await(10, TimeUnit.SECONDS)).isTrue();
		assertJournal(read, written);
		this.flush.run();
		receiveAnswer();
	}

	@Test
	void shouldEndConnectionOfWhichPipelineDoesNotTakeWhatWasRead() throws Exception {
		serve(new ChannelInitializer<>() {

			@Override
			protected void initChannel(Channel channel) {
				channel.pipeline().addLast(new ChannelInboundHandlerAdapter());
			}

		}, "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
		assertEnd();
	}

	private void assertJournal(long read, long written) {
		JournalRecord journal = this.table.journal(0);
		assertThat(journal.nonce()).isEqualTo(this.entry.nonce());
		assertThat(journal.read()).isEqualTo(read);
		assertThat(journal.written()).isEqualTo(written);
		assertThat(new String(journal.since(this.sent), StandardCharsets.US_ASCII)).isNotEmpty()
			.isEqualTo(this.text.substring((int) (read - READ_BEFORE)));
	}

	private void serve(ChannelInitializer<Channel> initializer) {
		serve(initializer, new byte[0]);
	}

	private void serve(ChannelInitializer<Channel> initializer, byte[] preread) {
		this.text.append(new String(preread, StandardCharsets.US_ASCII));
		this.server = new NettyServer(initializer, 1);
		Work work = new GotWork(
				new WorkMetadata(new RequestId(1, 2), "q", 3, System.nanoTime(), this.connection.accepted().remote(),
						this.connection.accepted().local(), Map.of(), new byte[0], null, null, preread),
				List.of(this.connection.descriptor()), System.nanoTime(), (ended, outcome) -> {
				}, WorkPermits.UNLIMITED, this.entry);
		this.server.accept(work);
	}

	private void send(String bytes) throws IOException {
		this.connection.client().getOutputStream().write(bytes.getBytes(StandardCharsets.US_ASCII));
		this.sent += bytes.length();
		this.text.append(bytes);
	}

	/**
	 * Receive an answer, byte by byte.
	 */
	private void receiveAnswer() throws IOException {
		String head = "";
		while (!head.endsWith("\r\n\r\n")) {
			head += (char) receive();
		}
		if (head.contains("transfer-encoding: chunked")) {
			String body = "";
			while (!body.endsWith("0\r\n\r\n")) {
				body += (char) receive();
			}
			return;
		}
		String length = head.lines()
			.filter((line) -> line.startsWith("content-length: "))
			.map((line) -> line.substring("content-length: ".length()))
			.findFirst()
			.orElse("0");
		int count = Integer.parseInt(length);
		assertThat(this.connection.client().getInputStream().readNBytes(count)).hasSize(count);
		this.received += count;
	}

	private int receive() throws IOException {
		int next = this.connection.client().getInputStream().read();
		assertThat(next).as("the connection goes on").isNotNegative();
		this.received++;
		return next;
	}

	private void assertMarked() {
		Awaitility.await().pollDelay(Duration.ZERO).untilAsserted(() -> {
			assertThat(this.entry.read()).isEqualTo(this.sent);
			assertThat(this.entry.written()).isEqualTo(this.received);
		});
		assertThat(this.table.state(0)).isEqualTo(EntryState.GOT);
	}

	private void assertEnd() throws IOException {
		Socket client = this.connection.client();
		client.setSoTimeout(10_000);
		InputStream in = client.getInputStream();
		assertThat(in.readAllBytes()).isEmpty();
		Awaitility.await().until(() -> this.table.state(0) == EntryState.ENDED);
		assertThat(this.held.isOpen()).isTrue();
	}

	/**
	 * Speaks HTTP, with requests as a whole or without their bodies.
	 */
	private final class HttpInitializer extends ChannelInitializer<Channel> {

		private final boolean aggregated;

		HttpInitializer() {
			this(true);
		}

		HttpInitializer(boolean aggregated) {
			this.aggregated = aggregated;
		}

		@Override
		protected void initChannel(Channel channel) {
			channel.pipeline().addLast(new IdleReturnHttpCodec());
			if (this.aggregated) {
				channel.pipeline().addLast(new HttpObjectAggregator(1 << 20)).addLast(new Answers());
			}
			else {
				channel.pipeline().addLast(new EarlyAnswers());
			}
		}

	}

	/**
	 * Answers at the end of a request.
	 */
	private final class Answers extends SimpleChannelInboundHandler<FullHttpRequest> {

		@Override
		protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) throws Exception {
			switch ((request.uri().startsWith("/held")) ? "/held" : request.uri()) {
				case "/chunked" -> {
					context.write(head(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED));
					context.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(new byte[10])));
					context.writeAndFlush(new DefaultHttpContent(Unpooled
						.wrappedBuffer(Unpooled.wrappedBuffer(new byte[5]), Unpooled.buffer(7).writeZero(7))));
					context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
				}
				case "/file" -> {
					context.write(head(HttpHeaderNames.CONTENT_LENGTH, FILE_LENGTH));
					context.write(new DefaultFileRegion(file(), 0, FILE_LENGTH));
					context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
				}
				case "/held" -> {
					context.write(answer(10));
					IdlePointTests.this.flush = () -> context.executor().execute(context::flush);
					IdlePointTests.this.written.countDown();
				}
				case "/upgrade" -> {
					DefaultFullHttpResponse answer = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1,
							HttpResponseStatus.SWITCHING_PROTOCOLS, Unpooled.EMPTY_BUFFER);
					answer.headers().set(HttpHeaderNames.UPGRADE, "other").set(HttpHeaderNames.CONNECTION, "upgrade");
					context.writeAndFlush(answer);
				}
				case "/large" -> context.writeAndFlush(answer(5_000_000));
				case "/linger" -> {
					context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
					end(context, request);
				}
				case "/none" -> context.writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1,
						HttpResponseStatus.NO_CONTENT, Unpooled.EMPTY_BUFFER));
				default -> end(context, request);
			}
		}

		private void end(ChannelHandlerContext context, FullHttpRequest request) {
			context.writeAndFlush(answer(10)).addListener((written) -> {
				if (!HttpUtil.isKeepAlive(request)) {
					context.close();
				}
			});
		}

		private File file() throws IOException {
			Path file = IdlePointTests.this.directory.resolve("file");
			if (!Files.exists(file)) {
				try (RandomAccessFile created = new RandomAccessFile(file.toFile(), "rw")) {
					created.setLength(FILE_LENGTH);
				}
			}
			return file.toFile();
		}

		private static HttpResponse head(CharSequence name, Object value) {
			DefaultHttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
			head.headers().set(name, value);
			return head;
		}

	}

	/**
	 * Answers when a request begins.
	 */
	private static final class EarlyAnswers extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			if (message instanceof HttpRequest) {
				context.writeAndFlush(answer(10));
			}
			ReferenceCountUtil.release(message);
		}

	}

	private static HttpResponse answer(int length) {
		DefaultFullHttpResponse answer = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK,
				Unpooled.buffer(length).writeZero(length));
		answer.headers().set(HttpHeaderNames.CONTENT_LENGTH, length);
		return answer;
	}

}
