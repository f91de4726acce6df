package io.fdwork.descriptor;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;

import io.fdwork.Connections;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link TcpSockets}.
 */
@Timeout(60)
class TcpSocketsTests {

	private static final Duration SOON = Duration.ofSeconds(5);

	private Connections connections;

	private Connections.Connection connection;

	@BeforeEach
	void connect() throws IOException {
		this.connections = new Connections();
		this.connection = this.connections.connect();
	}

	@AfterEach
	void close() throws IOException {
		this.connection.close();
		this.connections.close();
	}

	@Test
	void shouldTellWhatListens() throws Exception {
		try (TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
				Descriptor listening = listener.duplicate();
				Descriptor.Pipe pipe = Descriptor.pipe()) {
			assertThat(TcpSockets.isListening(listening)).isTrue();
			assertThat(TcpSockets.isListening(this.connection.descriptor())).isFalse();
			assertThat(TcpSockets.isListening(pipe.source())).isFalse();
			assertThat(TcpSockets.isTcp(listening)).isTrue();
			assertThat(TcpSockets.isTcp(this.connection.descriptor())).isTrue();
			assertThat(TcpSockets.isTcp(pipe.source())).isFalse();
		}
	}

	@Test
	void shouldTellWhatBlocks() throws Exception {
		try (TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
				Descriptor listening = listener.duplicate();
				Descriptor.Pipe pipe = Descriptor.pipe()) {
			assertThat(TcpSockets.isNonBlocking(listening)).isTrue();
			assertThat(TcpSockets.isNonBlocking(pipe.source())).isFalse();
		}
	}

	@Test
	void shouldTellWhetherClientHasSent() throws Exception {
		ByteBuffer info = TcpSockets.newInfo();
		assertThat(TcpSockets.hasSent(this.connection.descriptor(), info)).isFalse();
		this.connection.client().getOutputStream().write('a');
		Awaitility.await().atMost(SOON).until(() -> TcpSockets.hasSent(this.connection.descriptor(), info));
		this.connection.client().close();
		assertThat(TcpSockets.hasSent(this.connection.descriptor(), info)).as("though it has gone").isTrue();
	}

	@Test
	void shouldNotTakeTheEndOfClientForWhatItHasSent() throws Exception {
		this.connection.client().close();
		Awaitility.await().atMost(SOON).until(() -> Numbers.unread(this.connection.descriptor().number()) == 0);
		assertThat(TcpSockets.hasSent(this.connection.descriptor(), TcpSockets.newInfo())).isFalse();
	}

}
