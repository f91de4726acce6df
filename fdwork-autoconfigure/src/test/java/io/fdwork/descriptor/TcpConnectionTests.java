package io.fdwork.descriptor;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;

import io.fdwork.Connections;
import io.fdwork.OpenFiles;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link TcpConnection}.
 */
@Timeout(60)
class TcpConnectionTests {

	@Test
	void shouldKnowBothAddressesOfDescriptor() throws Exception {
		try (Connections connections = new Connections(); Connections.Connection accepted = connections.connect()) {
			TcpConnection connection = TcpConnection.of(accepted.descriptor());
			assertThat(connection).isNotNull();
			try (Descriptor descriptor = connection.descriptor()) {
				assertThat(accepted.descriptor().isOpen()).as("moved").isFalse();
				assertThat(descriptor.isOpen()).isTrue();
				assertThat(connection.local()).isEqualTo(accepted.client().getRemoteSocketAddress());
				assertThat(connection.remote()).isEqualTo(accepted.client().getLocalSocketAddress());
			}
		}
	}

	@Test
	void shouldBeNoneWhenClientHasGone() throws Exception {
		try (Connections connections = new Connections(); Connections.Connection accepted = connections.connect()) {
			// Resets the connection
			accepted.client().setSoLinger(true, 0);
			accepted.client().close();
			Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> isNone(accepted.descriptor()));
			assertThat(accepted.descriptor().isOpen()).isTrue();
		}
	}

	private static boolean isNone(Descriptor descriptor) throws IOException {
		try (Descriptor duplicate = descriptor.duplicate()) {
			TcpConnection connection = TcpConnection.of(duplicate);
			if (connection != null) {
				connection.descriptor().close();
			}
			return connection == null;
		}
	}

	@Test
	void shouldRefuseWhatIsNoConnection() {
		OpenFiles.assertNoneLeaked(3, () -> {
			try (TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
					Descriptor listening = listener.duplicate();
					Descriptor.Pipe pipe = Descriptor.pipe()) {
				assertThatIOException().isThrownBy(() -> TcpConnection.of(listening));
				assertThatIOException().isThrownBy(() -> TcpConnection.of(pipe.source()));
				assertThat(listening.isOpen()).as("stays the caller's").isTrue();
			}
		});
	}

}
