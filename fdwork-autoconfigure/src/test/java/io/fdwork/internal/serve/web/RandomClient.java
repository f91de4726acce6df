package io.fdwork.internal.serve.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import io.fdwork.Moment;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Sends requests on one connection as it likes: at once, pipelined or in two parts, with
 * and without pauses. The answers have to be those of another server, byte for byte.
 */
final class RandomClient {

	private static final String LAST = HttpConnection.head("HEAD", "/text?size=1", "Connection: close");

	/**
	 * Of which all have the same length.
	 */
	private static final String DATE = "(?i)\r\ndate: [^\r]{29}\r";

	private static final String NO_DATE = "\r\nDate: " + "-".repeat(29) + "\r";

	private final List<Exchange> exchanges;

	private final Random random;

	/**
	 * Create a client.
	 * @param seed decides what is sent, and how
	 */
	RandomClient(List<Exchange> exchanges, long seed) {
		this.exchanges = exchanges;
		this.random = new Random(seed);
	}

	/**
	 * Ask the server whose answers are right.
	 * @param port its port
	 */
	static List<Exchange> ask(int port) throws IOException {
		List<Exchange> exchanges = new ArrayList<>();
		int last = answerLength(port, LAST);
		for (String request : requests()) {
			try (HttpConnection connection = new HttpConnection(port)) {
				byte[] answers = connection.send(request + LAST).readAll();
				exchanges.add(new Exchange(request, normal(Arrays.copyOf(answers, answers.length - last))));
			}
		}
		return exchanges;
	}

	private static int answerLength(int port, String request) throws IOException {
		try (HttpConnection connection = new HttpConnection(port)) {
			return connection.send(request).readAll().length;
		}
	}

	private static List<String> requests() {
		List<String> requests = new ArrayList<>();
		for (int size : new int[] { 1, 100, 9_000, 20_000 }) {
			requests.add(HttpConnection.head("GET", "/text?size=" + size));
			requests.add(HttpConnection.head("HEAD", "/text?size=" + size, "X-Long: " + "x".repeat(size / 10)));
			requests.add(HttpConnection.head("POST", "/echo", "Content-Type: text/x", "Content-Length: " + size)
					+ "x".repeat(size));
			requests.add(HttpConnection.head("POST", "/later", "Content-Type: text/x", "Transfer-Encoding: chunked")
					+ Integer.toHexString(size) + "\r\n" + "x".repeat(size) + "\r\n0\r\n\r\n");
		}
		return requests;
	}

	private static String normal(byte[] answer) {
		return new String(answer, StandardCharsets.ISO_8859_1).replaceAll(DATE, NO_DATE);
	}

	/**
	 * Send requests and compare their answers.
	 * @param count how many times
	 */
	void run(HttpConnection connection, int count) throws IOException {
		for (int i = 0; i < count; i++) {
			StringBuilder requests = new StringBuilder();
			StringBuilder answers = new StringBuilder();
			for (int left = (this.random.nextInt(3) == 0) ? 4 : 1; left > 0; left--) {
				Exchange exchange = this.exchanges.get(this.random.nextInt(this.exchanges.size()));
				requests.append(exchange.request());
				answers.append(exchange.answer());
			}
			if (this.random.nextBoolean()) {
				int part = 1 + this.random.nextInt(requests.length() - 1);
				connection.send(requests.substring(0, part));
				pause();
				requests.delete(0, part);
			}
			connection.send(requests.toString());
			assertThat(normal(connection.readBytes(answers.length()))).isEqualTo(answers.toString());
			pause();
		}
	}

	private void pause() {
		if (this.random.nextBoolean()) {
			Moment.in(this.random.nextInt(3_000_000));
		}
	}

	/**
	 * A request, and its answer without what is another one each time.
	 */
	record Exchange(String request, String answer) {

	}

}
