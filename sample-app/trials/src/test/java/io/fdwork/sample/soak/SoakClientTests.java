package io.fdwork.sample.soak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

import io.fdwork.sample.fixture.Ports;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SoakClient}.
 */
@Timeout(60)
class SoakClientTests {

	private static final String HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n";

	@Test
	void shouldCountServedWhenAnswersAreRight() throws Exception {
		try (Server server = new Server((body) -> HEAD + body)) {
			SoakClient.Outcome outcome = run(server.port(), 200);
			assertThat(outcome.served()).isEqualTo(200);
			assertThat(outcome.begun()).isEqualTo(200);
			assertThat(outcome.failures()).isEmpty();
			assertThat(server.mostAtOnce()).isLessThanOrEqualTo(4);
		}
	}

	@Test
	void shouldTellKindsOfFailuresWhenAnswersAreNotRight() throws Exception {
		try (Server server = new Server((body) -> switch (body) {
			case "soak-1" -> HEAD + "soak-2";
			case "soak-2" -> "HTTP/1.1 500 No\r\n\r\nsoak-2";
			case "soak-3" -> HEAD + "soak";
			case "soak-4" -> "";
			default -> HEAD + body;
		})) {
			SoakClient.Outcome outcome = run(server.port(), 5);
			assertThat(outcome.failures()).isEqualTo(Map.of(Failure.WRONG, 2, Failure.CLOSED, 2));
			assertThat(outcome.served()).isEqualTo(1);
			assertThat(outcome.examples()).hasSize(4).anySatisfy((example) -> assertThat(example).contains("500 No"));
		}
	}

	@Test
	void shouldStopWhenNobodyListens() throws Exception {
		SoakClient.Outcome outcome = run(Ports.free(), 10_000);
		assertThat(outcome.failures()).containsOnlyKeys(Failure.REFUSED);
		assertThat(outcome.failed()).isBetween(1_000, 1_004);
		assertThat(outcome.begun()).isEqualTo(outcome.failed());
	}

	@Test
	void shouldGiveUpWhenAnswerDoesNotCome() throws Exception {
		try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
			SoakClient client = new SoakClient(silent.getLocalPort(), 2, 4, Duration.ofMinutes(1),
					Duration.ofMillis(10));
			assertThat(client.run((now) -> {
			}).failures()).isEqualTo(Map.of(Failure.TIMED_OUT, 2));
		}
	}

	@Test
	void shouldMakeNoMoreWhenTimeIsUp() throws Exception {
		SoakClient.Outcome outcome = new SoakClient(Ports.free(), 10, 4, Duration.ZERO).run((now) -> {
		});
		assertThat(outcome.begun()).isZero();
		assertThat(outcome.wanted()).isEqualTo(10);
	}

	private static SoakClient.Outcome run(int port, int connections) throws IOException {
		return new SoakClient(port, connections, 4, Duration.ofMinutes(1)).run((now) -> {
		});
	}

	/**
	 * Answers one request on each connection, and closes it.
	 */
	private static final class Server implements AutoCloseable {

		private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

		private final UnaryOperator<String> answers;

		private final AtomicInteger open = new AtomicInteger();

		private final AtomicInteger mostAtOnce = new AtomicInteger();

		Server(UnaryOperator<String> answers) throws IOException {
			this.answers = answers;
			Thread thread = new Thread(this::run, "test-server");
			thread.setDaemon(true);
			thread.start();
		}

		int port() {
			return this.socket.getLocalPort();
		}

		int mostAtOnce() {
			return this.mostAtOnce.get();
		}

		private void run() {
			while (!this.socket.isClosed()) {
				try {
					Socket connection = this.socket.accept();
					this.mostAtOnce.accumulateAndGet(this.open.incrementAndGet(), Math::max);
					Thread thread = new Thread(() -> answer(connection), "test-server-connection");
					thread.setDaemon(true);
					thread.start();
				}
				catch (IOException ex) {
					// Closed
					return;
				}
			}
		}

		private void answer(Socket connection) {
			try (connection) {
				StringBuilder request = new StringBuilder();
				byte[] buffer = new byte[1024];
				while (!request.toString().matches("(?s).*\r\n\r\nsoak-\\d+")) {
					int count = connection.getInputStream().read(buffer);
					request.append(new String(buffer, 0, count, StandardCharsets.US_ASCII));
				}
				String answer = this.answers.apply(request.substring(request.indexOf("\r\n\r\n") + 4));
				this.open.decrementAndGet();
				connection.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		@Override
		public void close() throws IOException {
			this.socket.close();
		}

	}

}
