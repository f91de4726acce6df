package io.fdwork.descriptor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.fdwork.Connections;
import io.fdwork.OpenFiles;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.UnixChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link ReadFirstIoHandler}.
 */
@Timeout(60)
class ReadFirstIoHandlerTests {

	private final BlockingQueue<Boolean> inEpoll = new ArrayBlockingQueue<>(100);

	private final Connections connections = new Connections();

	private EventLoopGroup eventLoops;

	ReadFirstIoHandlerTests() throws IOException {
	}

	@BeforeEach
	void open() {
		this.eventLoops = new MultiThreadIoEventLoopGroup(1, ConnectionChannel.newIoHandlerFactory());
	}

	@AfterEach
	void close() {
		this.eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
		this.connections.close();
	}

	@Test
	void shouldServeWithoutEpollWhenRequestIsThere() throws Exception {
		OpenFiles.assertNoneLeaked(20, () -> {
			try (Connections.Connection connection = this.connections.connect()) {
				send(connection.client(), "a");
				ConnectionChannel channel = serve(connection);
				assertThat(receive(connection.client(), 1)).isEqualTo("a");
				assertThat(this.inEpoll.poll(5, TimeUnit.SECONDS)).isFalse();
				channel.close().sync();
				assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
			}
		});
	}

	@Test
	void shouldServeThroughEpollWhenRequestComesLater() throws Exception {
		try (Connections.Connection connection = this.connections.connect()) {
			ConnectionChannel channel = serve(connection);
			await().until(() -> isInEpoll(channel));
			send(connection.client(), "b");
			assertThat(receive(connection.client(), 1)).isEqualTo("b");
			assertThat(this.inEpoll.poll(5, TimeUnit.SECONDS)).isTrue();
		}
	}

	@RepeatedTest(30)
	void shouldServeAllWhenFirstComesAtOnceAndMoreLater() throws Exception {
		try (Connections.Connection connection = this.connections.connect()) {
			send(connection.client(), "c");
			serve(connection);
			send(connection.client(), "de");
			assertThat(receive(connection.client(), 3)).isEqualTo("cde");
			send(connection.client(), "f");
			assertThat(receive(connection.client(), 1)).isEqualTo("f");
		}
	}

	@Test
	void shouldReadNothingWhenItIsNotWanted() throws Exception {
		try (Connections.Connection connection = this.connections.connect()) {
			ConnectionChannel channel = ConnectionChannel.of(connection.descriptor(), null, null, null);
			channel.config().setAutoRead(false);
			channel.pipeline().addLast(new Echo());
			send(connection.client(), "g");
			this.eventLoops.register(channel).sync();
			await().until(() -> isInEpoll(channel));
			assertThat(this.inEpoll).isEmpty();
			channel.read();
			assertThat(receive(connection.client(), 1)).isEqualTo("g");
		}
	}

	@Test
	void shouldWriteManyBuffersAtOnceWhenFirstRead() throws Exception {
		try (Connections.Connection connection = this.connections.connect()) {
			send(connection.client(), "h");
			ConnectionChannel channel = ConnectionChannel.of(connection.descriptor(), null, null, null);
			channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {

				@Override
				public void channelRead(ChannelHandlerContext context, Object message) {
					// Gathered through the attachment of the registration
					context.write(((ByteBuf) message).retain());
					context.write(message);
					context.flush();
				}

			});
			this.eventLoops.register(channel).sync();
			assertThat(receive(connection.client(), 2)).isEqualTo("hh");
		}
	}

	@Test
	void shouldWriteRestThroughEpollWhenClientIsSlow() throws Exception {
		int length = 20_000_000;
		try (Connections.Connection connection = this.connections.connect()) {
			send(connection.client(), "i");
			ConnectionChannel channel = ConnectionChannel.of(connection.descriptor(), null, null, null);
			channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {

				@Override
				public void channelRead(ChannelHandlerContext context, Object message) {
					((ByteBuf) message).release();
					context.writeAndFlush(Unpooled.wrappedBuffer(new byte[length]));
				}

			});
			this.eventLoops.register(channel).sync();
			await().until(() -> isInEpoll(channel));
			assertThat(connection.client().getInputStream().readNBytes(length)).hasSize(length);
		}
	}

	@Test
	void shouldCloseWhenClientHasGone() {
		OpenFiles.assertNoneLeaked(20, () -> {
			try (Connections.Connection connection = this.connections.connect()) {
				connection.client().close();
				ConnectionChannel channel = serve(connection);
				assertThat(channel.closeFuture().await(5, TimeUnit.SECONDS)).isTrue();
			}
		});
	}

	@Test
	void shouldConnectOnSameLoop() throws Exception {
		try (ServerSocket server = new ServerSocket(0)) {
			Channel client = new Bootstrap().group(this.eventLoops)
				.channel(EpollSocketChannel.class)
				.handler(new Echo())
				.connect(server.getLocalSocketAddress())
				.sync()
				.channel();
			try (Socket accepted = server.accept()) {
				send(accepted, "j");
				assertThat(receive(accepted, 1)).isEqualTo("j");
			}
			assertThat(client.closeFuture().await(5, TimeUnit.SECONDS)).isTrue();
		}
	}

	private ConnectionChannel serve(Connections.Connection connection) throws InterruptedException {
		ConnectionChannel channel = ConnectionChannel.of(connection.descriptor(), null, null, null);
		channel.pipeline().addLast(new Echo());
		this.eventLoops.register(channel).sync();
		return channel;
	}

	private static void send(Socket socket, String text) throws IOException {
		socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
	}

	private static String receive(Socket socket, int length) throws IOException {
		socket.setSoTimeout(5000);
		return new String(socket.getInputStream().readNBytes(length), StandardCharsets.US_ASCII);
	}

	private static boolean isInEpoll(Channel channel) {
		int number = ((UnixChannel) channel).fd().intValue();
		try (Stream<Path> files = Files.list(Path.of("/proc/self/fdinfo"))) {
			return files.anyMatch((file) -> watches(file, number));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static boolean watches(Path file, int number) {
		try (Stream<String> lines = Files.lines(file)) {
			return lines.filter((line) -> line.startsWith("tfd:"))
				.anyMatch((line) -> line.substring("tfd:".length()).strip().startsWith(number + " "));
		}
		catch (IOException | UncheckedIOException ex) {
			// Closed since it was listed
			return false;
		}
	}

	/**
	 * Sends back what it reads, and notes whether the channel was known to epoll by then.
	 */
	private final class Echo extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			ReadFirstIoHandlerTests.this.inEpoll.offer(isInEpoll(context.channel()));
			context.writeAndFlush(message);
		}

	}

}
