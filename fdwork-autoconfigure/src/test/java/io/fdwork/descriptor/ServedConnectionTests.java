package io.fdwork.descriptor;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.fdwork.Connections;
import io.fdwork.OpenFiles;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the ways in which a {@link Descriptor} of a connection is served.
 */
@Timeout(60)
class ServedConnectionTests {

	private static EventLoopGroup eventLoops;

	private Connections connections;

	@BeforeAll
	static void startEventLoops() {
		eventLoops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
	}

	@AfterAll
	static void stopEventLoops() {
		eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
	}

	@BeforeEach
	void listen() throws IOException {
		this.connections = new Connections();
	}

	@AfterEach
	void close() {
		this.connections.close();
	}

	@Test
	void shouldDuplicateChannelOfJdkAndNotOneThatIsClosed() throws IOException {
		try (Connections.Connection connection = this.connections.connect();
				SocketChannel channel = connection.descriptor().toSocketChannel(connection.accepted().remote())) {
			try (Descriptor duplicate = Descriptor.duplicateOf(channel)) {
				// Not registered with a selector: a plain close
				channel.configureBlocking(false);
				channel.close();
				try (SocketChannel second = duplicate.toSocketChannel(connection.accepted().remote())) {
					second.write(ByteBuffer.wrap("x".getBytes(StandardCharsets.US_ASCII)));
					assertThat(connection.client().getInputStream().read()).isEqualTo('x');
				}
			}
			assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> Descriptor.duplicateOf(channel));
		}
	}

	@Test
	void shouldUseChannelOfJdkWhenItIsOpened() throws IOException {
		assertThat(SocketChannels.isJdkOpened()).as("argLine of surefire").isTrue();
		try (Connections.Connection connection = this.connections.connect();
				SocketChannel channel = connection.descriptor().toSocketChannel(connection.accepted().remote())) {
			assertThat(channel.getClass().getName()).startsWith("sun.nio.ch.");
			assertThat(channel.getRemoteAddress()).isEqualTo(connection.client().getLocalSocketAddress());
			assertThat(channel.getLocalAddress()).isEqualTo(connection.client().getRemoteSocketAddress());
			assertThat(channel.isBlocking()).isTrue();
			assertThat(channel.getOption(StandardSocketOptions.TCP_NODELAY)).as("inherited").isTrue();
		}
	}

	@Test
	void shouldAskTheKernelForAddressWhenItIsNotGiven() throws IOException {
		try (Connections.Connection connection = this.connections.connect();
				SocketChannel channel = connection.descriptor().toSocketChannel(null)) {
			assertThat(channel.getRemoteAddress()).isEqualTo(connection.client().getLocalSocketAddress());
		}
	}

	@Test
	void shouldMakeChannelOfIpv6Connection() throws IOException {
		try (Connections ipv6 = new Connections(InetAddress.getByName("::1"));
				Connections.Connection connection = ipv6.connect();
				SocketChannel channel = connection.descriptor().toSocketChannel(null)) {
			assertThat(channel.getRemoteAddress()).isEqualTo(connection.client().getLocalSocketAddress());
			assertConversation(connection.client(), channel);
		}
	}

	@ParameterizedTest
	@EnumSource
	void shouldReadAndWriteAsChannel(Kind kind) throws IOException {
		try (Connections.Connection connection = this.connections.connect();
				SocketChannel channel = kind.open(connection.descriptor())) {
			assertConversation(connection.client(), channel);
		}
	}

	private static void assertConversation(Socket client, SocketChannel channel) throws IOException {
		for (int i = 0; i < 3; i++) {
			client.getOutputStream().write("question".getBytes(StandardCharsets.UTF_8));
			ByteBuffer question = ByteBuffer.allocate(8);
			while (question.hasRemaining()) {
				assertThat(channel.read(question)).isPositive();
			}
			assertThat(question.array()).asString(StandardCharsets.UTF_8).isEqualTo("question");
			channel.write(ByteBuffer.wrap("answer".getBytes(StandardCharsets.UTF_8)));
			assertThat(client.getInputStream().readNBytes(6)).asString(StandardCharsets.UTF_8).isEqualTo("answer");
		}
	}

	@ParameterizedTest
	@EnumSource
	void shouldBlockUntilClientWrites(Kind kind) throws Exception {
		try (Connections.Connection connection = this.connections.connect();
				SocketChannel channel = kind.open(connection.descriptor())) {
			ByteBuffer buffer = ByteBuffer.allocate(1);
			Thread reader = new Thread(() -> {
				try {
					channel.read(buffer);
				}
				catch (IOException ex) {
					throw new IllegalStateException(ex);
				}
			});
			reader.start();
			reader.join(100);
			assertThat(reader.isAlive()).isTrue();
			connection.client().getOutputStream().write('x');
			reader.join(5000);
			assertThat(reader.isAlive()).isFalse();
			assertThat(buffer.get(0)).isEqualTo((byte) 'x');
		}
	}

	@ParameterizedTest
	@EnumSource
	void shouldOwnNothingAnyMoreWhenMovedToChannel(Kind kind) throws IOException {
		try (Connections.Connection connection = this.connections.connect();
				SocketChannel channel = kind.open(connection.descriptor())) {
			assertThat(connection.descriptor().isOpen()).isFalse();
			connection.descriptor().close();
			assertConversation(connection.client(), channel);
		}
	}

	// Trap 2
	@ParameterizedTest
	@EnumSource
	void shouldCloseDescriptorWhenChannelIsClosed(Kind kind) {
		OpenFiles.assertNoneLeaked(50, () -> {
			long open = Descriptor.open();
			try (Connections.Connection connection = this.connections.connect()) {
				SocketChannel channel = kind.open(connection.descriptor());
				channel.close();
				channel.close();
				assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
				assertThat(Descriptor.open()).isEqualTo(open);
				assertThat(channel.isOpen()).isFalse();
				// What a read of its closed channel does, junixsocket leaves
				// open: now and then it is the end of the stream
				if (kind == Kind.JDK) {
					assertThatExceptionOfType(ClosedChannelException.class)
						.isThrownBy(() -> channel.read(ByteBuffer.allocate(1)));
				}
			}
		});
	}

	@ParameterizedTest
	@EnumSource
	void shouldCloseNoStrangerWhenChannelIsClosedAgain(Kind kind) throws IOException {
		try (Connections.Connection first = this.connections.connect()) {
			int number = first.descriptor().number();
			SocketChannel channel = kind.open(first.descriptor());
			channel.close();
			try (Connections.Connection second = this.connections.connect();
					Connections.Connection third = this.connections.connect()) {
				channel.close();
				assertThat(number).isIn(second.descriptor().number(), third.descriptor().number(), number);
				assertConversation(second.client(), second.descriptor().toSocketChannel(null));
				assertConversation(third.client(), third.descriptor().toSocketChannel(null));
			}
		}
	}

	@Test
	void shouldEndOutputWhileDuplicateIsOpen() throws IOException {
		try (Connections.Connection connection = this.connections.connect();
				Descriptor duplicate = connection.descriptor().duplicate()) {
			connection.descriptor().shutdownOutput();
			assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
			assertThat(connection.descriptor().isOpen()).isTrue();
			assertThat(duplicate.isOpen()).isTrue();
		}
	}

	@Test
	void shouldIgnoreShutdownWhenClientHasReset() throws IOException {
		try (Connections.Connection connection = this.connections.connect()) {
			connection.client().setSoLinger(true, 0);
			connection.client().close();
			connection.descriptor().shutdownOutput();
			connection.descriptor().shutdownOutput();
		}
	}

	@Test
	void shouldIgnoreShutdownWhenSocketListens() throws IOException {
		try (TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
				Descriptor descriptor = listener.duplicate()) {
			descriptor.shutdownOutput();
			try (Socket client = Connections.connectTo(listener.address())) {
				assertThat(client.isConnected()).isTrue();
			}
		}
	}

	@Test
	void shouldServeAsNettyChannel() throws Exception {
		OpenFiles.assertNoneLeaked(20, () -> {
			try (Connections.Connection connection = this.connections.connect()) {
				ConnectionChannel channel = ConnectionChannel.of(connection.descriptor(), null, null, null);
				assertThat(connection.descriptor().isOpen()).isFalse();
				channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {

					@Override
					public void channelRead(ChannelHandlerContext context, Object message) {
						context.writeAndFlush(message);
					}

				});
				eventLoops.register(channel).sync();
				connection.client().getOutputStream().write("echo".getBytes(StandardCharsets.UTF_8));
				assertThat(connection.client().getInputStream().readNBytes(4)).asString(StandardCharsets.UTF_8)
					.isEqualTo("echo");
				channel.close().sync();
				assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
			}
		});
	}

	@Test
	void shouldKnowAddressesOfNettyChannel() throws Exception {
		try (Connections.Connection connection = this.connections.connect();
				Descriptor duplicate = connection.descriptor().duplicate()) {
			InetSocketAddress told = new InetSocketAddress("192.0.2.1", 9);
			ConnectionChannel asked = ConnectionChannel.of(connection.descriptor(), null, null, null);
			ConnectionChannel given = ConnectionChannel.of(duplicate, told, null, null);
			try {
				assertThat(asked.remoteAddress()).isEqualTo(connection.client().getLocalSocketAddress());
				assertThat(given.remoteAddress()).as("not asked for").isEqualTo(told);
				assertThat(asked.localAddress()).isEqualTo(given.localAddress())
					.isEqualTo(connection.client().getRemoteSocketAddress());
				assertThat(asked.isActive()).isTrue();
			}
			finally {
				asked.unsafe().closeForcibly();
				given.unsafe().closeForcibly();
			}
		}
	}

	@Test
	void shouldSetOptionsOfNettyChannel() throws Exception {
		try (Connections.Connection connection = this.connections.connect()) {
			ConnectionChannel channel = ConnectionChannel.of(connection.descriptor(), null, null, null);
			try {
				Map<ChannelOption<?>, Object> options = Map.ofEntries(Map.entry(ChannelOption.SO_KEEPALIVE, true),
						Map.entry(ChannelOption.TCP_NODELAY, false), Map.entry(ChannelOption.SO_LINGER, 3),
						Map.entry(ChannelOption.IP_TOS, 16), Map.entry(ChannelOption.SO_REUSEADDR, true),
						Map.entry(ChannelOption.ALLOW_HALF_CLOSURE, true), Map.entry(ChannelOption.AUTO_READ, false),
						Map.entry(EpollChannelOption.TCP_CORK, true), Map.entry(EpollChannelOption.TCP_KEEPIDLE, 10),
						Map.entry(EpollChannelOption.TCP_KEEPINTVL, 5), Map.entry(EpollChannelOption.TCP_KEEPCNT, 3),
						Map.entry(EpollChannelOption.TCP_USER_TIMEOUT, 1000),
						Map.entry(EpollChannelOption.TCP_NOTSENT_LOWAT, 65_536L),
						Map.entry(EpollChannelOption.TCP_QUICKACK, true),
						Map.entry(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, true));
				assertThat(channel.config().setOptions(options)).isTrue();
				options.forEach((option, value) -> {
					assertThat(channel.config().getOption(option)).as(option.name()).isEqualTo(value);
					assertThat(channel.config().getOptions()).as(option.name()).containsEntry(option, value);
				});
				assertThat(channel.config().setOption(EpollChannelOption.TCP_MD5SIG, Map.of()))
					.as("the option that is of another end")
					.isFalse();
				channel.config().setReceiveBufferSize(10_000).setSendBufferSize(10_000);
				assertThat(channel.config().getOption(ChannelOption.SO_RCVBUF)).as("doubled by the kernel")
					.isEqualTo(20_000);
				assertThat(channel.config().getOption(ChannelOption.SO_SNDBUF)).isEqualTo(20_000);
			}
			finally {
				channel.unsafe().closeForcibly();
			}
			assertThatExceptionOfType(ChannelException.class).isThrownBy(channel.config()::isKeepAlive);
		}
	}

	@Test
	void shouldRejectListenerAsNettyChannel() {
		OpenFiles.assertNoneLeaked(20, () -> {
			try (TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
					8)) {
				Descriptor descriptor = listener.duplicate();
				assertThatExceptionOfType(ChannelException.class)
					.isThrownBy(() -> descriptor.toNettyChannel(null, null));
				assertThat(descriptor.isOpen()).isFalse();
			}
		});
	}

	@Test
	void shouldEndOutputWhenNettyChannelClosesWhileDuplicateIsOpen() throws Exception {
		try (Connections.Connection connection = this.connections.connect();
				Descriptor duplicate = connection.descriptor().duplicate()) {
			ConnectionChannel channel = ConnectionChannel.of(connection.descriptor(), null, null, null);
			eventLoops.register(channel).sync();
			channel.writeAndFlush(Unpooled.copiedBuffer("end", StandardCharsets.UTF_8)).sync();
			channel.close().sync();
			assertThat(connection.client().getInputStream().readAllBytes()).asString(StandardCharsets.UTF_8)
				.isEqualTo("end");
			assertThat(duplicate.isOpen()).isTrue();
		}
	}

	@Test
	void shouldCloseNettyChannelWhenClientHasReset() throws Exception {
		OpenFiles.assertNoneLeaked(20, () -> {
			try (Connections.Connection connection = this.connections.connect()) {
				ConnectionChannel channel = ConnectionChannel.of(connection.descriptor(), null, null, null);
				channel.config().setAutoRead(false);
				Future<ChannelFuture> closing = eventLoops.submit(() -> {
					eventLoops.register(channel);
					connection.client().setSoLinger(true, 0);
					connection.client().close();
					// On this very thread, so before the event loop sees the reset
					return channel.close();
				});
				ChannelFuture closed = closing.get(5, TimeUnit.SECONDS);
				assertThat(closed.await(5, TimeUnit.SECONDS)).isTrue();
				assertThat(closed.cause()).isNull();
			}
		});
	}

	@Test
	void shouldCloseNettyChannelThatWasNeverRegistered() throws Exception {
		OpenFiles.assertNoneLeaked(20, () -> {
			try (Connections.Connection connection = this.connections.connect()) {
				Closeable channel = connection.descriptor().toNettyChannel(null, null).unsafe()::closeForcibly;
				channel.close();
				assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
			}
		});
	}

	/**
	 * The two ways to a blocking channel.
	 */
	enum Kind {

		JDK {

			@Override
			SocketChannel open(Descriptor descriptor) throws IOException {
				return descriptor.toSocketChannel(null);
			}

		},

		FALLBACK {

			@Override
			SocketChannel open(Descriptor descriptor) throws IOException {
				return SocketChannels.openFallback(descriptor.number(), descriptor::move);
			}

		};

		abstract SocketChannel open(Descriptor descriptor) throws IOException;

	}

}
