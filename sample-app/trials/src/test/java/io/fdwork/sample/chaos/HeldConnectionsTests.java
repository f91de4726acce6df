package io.fdwork.sample.chaos;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link HeldConnections}.
 */
class HeldConnectionsTests {

	private static final long SELF = ProcessHandle.current().pid();

	@Test
	void shouldKnowConnectionsWhenTheyAreAcceptedAndOpen() throws IOException {
		try (ServerSocket listener = new ServerSocket(0, 2, InetAddress.getLoopbackAddress());
				Socket first = connect(listener);
				Socket accepted = listener.accept();
				Socket waiting = connect(listener)) {
			assertThat(clients(listener)).containsExactly(first.getLocalPort()).doesNotContain(waiting.getLocalPort());
			accepted.close();
			assertThat(clients(listener)).isEmpty();
		}
	}

	private static Socket connect(ServerSocket listener) throws IOException {
		return new Socket(listener.getInetAddress(), listener.getLocalPort());
	}

	private static Iterable<Integer> clients(ServerSocket listener) throws IOException {
		return HeldConnections.clients(SELF, listener.getLocalPort());
	}

}
