package io.fdwork.sample.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.fdwork.sample.fixture.Await;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link OpenLoopClient}.
 */
@Timeout(60)
class OpenLoopClientTests {

	@Test
	void shouldRecordNumberThatIsAnsweredWhenServerAnswersOne() throws Exception {
		try (Server server = new Server(0, "HTTP/1.1 200 OK\r\n\r\n4711")) {
			OpenLoopClient client = run(server, 10);
			assertThat(client.answered()).isEqualTo(10);
			assertThat(client.failed()).isZero();
			assertThat(client.values().getTotalCount()).isEqualTo(10);
			assertThat(client.values().getMaxValue()).isBetween(4_700L, 4_720L);
		}
	}

	@Test
	void shouldCountWaitingOfThoseThatWereDueWhenServerStalls() throws Exception {
		Duration stall = Duration.ofMillis(500);
		try (Server server = new Server(stall.toMillis(), "HTTP/1.1 200 OK\r\n\r\n")) {
			// One every 5 ms: those of half a second wait for the first one
			OpenLoopClient client = run(server, 50);
			assertThat(client.answered()).isEqualTo(50);
			assertThat(TimeUnit.NANOSECONDS.toMillis(client.times(0).getValueAtPercentile(50))).isGreaterThan(200);
		}
	}

	@Test
	void shouldCountAsFailedWhenAnswerIsNone() throws Exception {
		try (Server server = new Server(0, "HTTP/1.1 503 Busy\r\n\r\n")) {
			OpenLoopClient client = run(server, 3);
			assertThat(client.failed()).isEqualTo(3);
			assertThat(client.times(0).getTotalCount()).isEqualTo(3);
		}
	}

	private static OpenLoopClient run(Server server, int count) throws IOException {
		OpenLoopClient client = new OpenLoopClient(server.port(), Arrivals.even(count, 200), List.of("/"));
		client.run();
		return client;
	}

	/**
	 * Answers one connection after the other, the first one late.
	 */
	private static final class Server implements AutoCloseable {

		private final ServerSocket socket = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());

		private final Thread thread;

		Server(long stallMillis, String answer) throws IOException {
			this.thread = new Thread(() -> serve(stallMillis, answer), "bench-test-server");
			this.thread.start();
		}

		int port() {
			return this.socket.getLocalPort();
		}

		private void serve(long stallMillis, String answer) {
			long open = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(stallMillis);
			while (!this.socket.isClosed()) {
				try (Socket connection = this.socket.accept()) {
					Await.until(() -> System.nanoTime() >= open);
					connection.getInputStream().read(new byte[1024]);
					connection.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
				}
				catch (IOException ex) {
					// Closed, or left by a client that has failed
					continue;
				}
			}
		}

		@Override
		public void close() throws Exception {
			this.socket.close();
			this.thread.join();
		}

	}

}
