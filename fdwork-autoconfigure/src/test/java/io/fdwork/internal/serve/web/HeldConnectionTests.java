package io.fdwork.internal.serve.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import io.fdwork.Connections;
import io.fdwork.OpenFiles;
import io.fdwork.internal.serve.ConnectionServer;
import io.fdwork.internal.table.EntryState;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests for connections that the daemon holds, too: their idle points, and their ends.
 */
@ParameterizedClass
@EnumSource
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(180)
class HeldConnectionTests {

	/**
	 * What comes a moment too late is seen in one of so many.
	 */
	private static final int TIMES = 200;

	private static final int FILE_LENGTH = 3_000_000;

	private static final Duration WHILE = Duration.ofMillis(100);

	@TempDir
	private static Path temp;

	private static ConfigurableApplicationContext context;

	@Parameter
	private WebServerType server;

	private Connections connections;

	// No daemon is needed, as nothing is got
	@BeforeParameterizedClassInvocation
	static void start(WebServerType server) {
		context = new SpringApplicationBuilder(server.application())
			.sources((server.isReactive()) ? new Class<?>[0] : new Class<?>[] { FileSender.class })
			.web(server.isReactive() ? WebApplicationType.REACTIVE : WebApplicationType.SERVLET)
			.bannerMode(Banner.Mode.OFF)
			.logStartupInfo(false)
			.registerShutdownHook(false)
			.properties("spring.autoconfigure.exclude=" + server.exclude(),
					"spring.reactor.netty.shutdown-quiet-period=0s", "spring.lifecycle.timeout-per-shutdown-phase=2s")
			.run("--fdwork.role=worker", "--fdwork.directory=" + temp.resolve("d"),
					"--fdwork.worker.return-idle-after=0",
					// What Boot does not start of its own
					"--server.port=" + ((server.isReactive()) ? 0 : -1), "--management.server.port=-1",
					// Reactor Netty alone would begin with another codec
					"--server.http2.enabled=" + !server.isReactive(), "--server.compression.enabled=true",
					"--server.tomcat.max-keep-alive-requests=-1", "--server.tomcat.keep-alive-timeout=2s",
					"--server.jetty.connection-idle-timeout=2s", "--server.netty.idle-timeout=2s");
	}

	@AfterParameterizedClassInvocation
	static void stop() {
		context.close();
	}

	@BeforeEach
	void listen() throws IOException {
		this.connections = new Connections();
	}

	@AfterEach
	void close() {
		this.connections.close();
	}

	private HeldConnection connect() throws IOException {
		return new HeldConnection(this.connections.connect(), context.getBean(ConnectionServer.class));
	}

	@Test
	@Order(1)
	void shouldBeIdleAsSoonAsAnswerIsThere() throws Exception {
		try (HeldConnection connection = connect()) {
			HttpConnection client = connection.client();
			for (int i = 0; i < TIMES; i++) {
				assertThat(client.get("/text?size=3").read().text()).isEqualTo("xxx");
				connection.assertIdle("after answer " + i);
			}
		}
	}

	@Test
	@Order(2)
	void shouldBeIdleAfterAnswerOfEachKind() throws Exception {
		try (HeldConnection connection = connect()) {
			HttpConnection client = connection.client();
			for (int i = 0; i < 20; i++) {
				assertThat(client.get("/text?size=0").read().status()).isEqualTo(200);
				connection.assertIdle("after nothing");
				assertThat(client.send(HttpConnection.head("HEAD", "/text?size=3")).readHead().status()).isEqualTo(200);
				connection.assertIdle("after the head alone");
				assertThat(client.get("/missing", "Accept: application/json").read().status()).isEqualTo(404);
				connection.assertIdle("after an error");
				assertThat(client.get("/text?size=5000", "Accept-Encoding: gzip").read().headers())
					.containsEntry("Content-Encoding", "gzip");
				connection.assertIdle("after compression");
				assertThat(client.get("/text?size=300000").read().text()).hasSize(300_000);
				connection.assertIdle("after much");
				assertThat(client.get("/bytes?size=300000").read().body()).hasSize(300_000);
				if (this.server.isReactive()) {
					HeldConnection.await().until(connection::isIdle);
				}
				else {
					connection.assertIdle("after what comes bit by bit");
				}
				assertThat(client.send(HttpConnection.head("POST", "/echo", "Content-Length: 3") + "abc").read().text())
					.isEqualTo("abc");
				connection.assertIdle("after a request with a body");
			}
			client.send(HttpConnection.head("POST", "/echo", "Content-Length: 3", "Expect: 100-continue"));
			assertThat(client.readHead().status()).isEqualTo(100);
			assertThat(connection.isIdle()).isFalse();
			assertThat(client.send("abc").read().text()).isEqualTo("abc");
			HeldConnection.await().until(connection::isIdle);
			assertThat(client.get("/events").read().text()).contains("event 2");
			HeldConnection.await().until(connection::isIdle);
			client.send(HttpConnection.head("POST", "/later", "Transfer-Encoding: chunked") + "3\r\nabc\r\n0\r\n\r\n");
			assertThat(client.read().text()).isEqualTo("abc");
			HeldConnection.await().until(connection::isIdle);
		}
	}

	@Test
	@Order(3)
	void shouldNotBeIdleWhileSomethingOfNextRequestIsRead() throws Exception {
		try (HeldConnection connection = connect()) {
			HttpConnection client = connection.client();
			String request = HttpConnection.head("GET", "/text?size=3");
			for (int length : List.of(1, 3, 20, request.length() - 1)) {
				assertThat(client.get("/text?size=3").read().text()).isEqualTo("xxx");
				client.send(request.substring(0, length));
				connection.awaitBusy();
				HeldConnection.await().during(WHILE).until(() -> !connection.isIdle());
				assertThat(client.send(request.substring(length)).read().text()).isEqualTo("xxx");
				connection.assertIdle("after the rest");
			}
		}
	}

	@Test
	@Order(4)
	void shouldNotBeIdleBetweenAnswersOfRequestsThatCameTogether() throws Exception {
		try (HeldConnection connection = connect()) {
			HttpConnection client = connection.client();
			String second = HttpConnection.head("GET", "/slow?millis=200");
			String post = HttpConnection.head("POST", "/echo", "Content-Length: 3") + "abc";
			for (String first : List.of(HttpConnection.head("GET", "/text?size=3"), post)) {
				client.send(first + second);
				assertThat(client.read().status()).isEqualTo(200);
				assertThat(connection.isIdle()).isFalse();
				assertThat(client.read().text()).isEqualTo("slow");
				HeldConnection.await().until(connection::isIdle);
			}
		}
	}

	@Test
	@Order(5)
	void shouldNotBeIdleWhileBodyIsMissing() throws Exception {
		try (HeldConnection connection = connect()) {
			HttpConnection client = connection.client();
			assertThat(client.get("/text?size=3").read().text()).isEqualTo("xxx");
			client.send(HttpConnection.head("POST", "/text", "Content-Length: 10") + "abc");
			assertThat(client.read().status()).isEqualTo(405);
			HeldConnection.await().during(WHILE).until(() -> !connection.isIdle());
		}
	}

	@Test
	@Order(6)
	void shouldEndForClientWhenAnswerIsTheLastOne() throws Exception {
		for (String request : List.of(HttpConnection.head("GET", "/text?size=3", "Connection: close"),
				"GET /text?size=3 HTTP/1.0\r\nHost: test\r\n\r\n", "GET /\u0001 WRONG\r\n\r\n")) {
			try (HeldConnection connection = connect()) {
				connection.client().send(request);
				assertThat(connection.client().readAll()).as(request).isNotEmpty();
				assertThat(connection.isIdle()).as(request).isFalse();
				// Jetty waits for it
				connection.client().socket().shutdownOutput();
				HeldConnection.await().until(() -> connection.state() == EntryState.ENDED);
			}
		}
	}

	@Test
	@Order(7)
	void shouldEndForClientWhenItIsIdleForTooLong() throws Exception {
		try (HeldConnection connection = connect(); HeldConnection silent = connect()) {
			assertThat(connection.client().get("/text?size=3").read().text()).isEqualTo("xxx");
			connection.assertEnds();
			if (this.server == WebServerType.JETTY) {
				silent.assertEnds();
			}
		}
	}

	@Test
	@Order(8)
	void shouldEndForClientThatGoesOnSending() throws Exception {
		// Reactor Netty reads on for as long as it comes
		assumeThat(this.server.isReactive()).isFalse();
		byte[] much = "x".repeat(100_000).getBytes(StandardCharsets.US_ASCII);
		try (HeldConnection connection = connect()) {
			HttpConnection client = connection.client();
			client.send(HttpConnection.head("POST", "/text", "Content-Length: 1000000000"));
			HeldConnection.await().until(() -> isRefused(client, much));
			HeldConnection.await().until(() -> connection.state() == EntryState.ENDED);
		}
	}

	private static boolean isRefused(HttpConnection client, byte[] bytes) {
		try {
			client.send(bytes);
			return false;
		}
		catch (IOException ex) {
			return true;
		}
	}

	@Test
	@Order(9)
	void shouldEndWhenClientHasGone() throws Exception {
		OpenFiles.assertNoneLeaked(2, () -> {
			for (String request : List.of("", HttpConnection.head("GET", "/text?size=3"), "GET /te",
					HttpConnection.head("POST", "/sum", "Content-Length: 1000") + "abc",
					HttpConnection.head("GET", "/bytes?size=100000000"))) {
				for (boolean abort : List.of(true, false)) {
					try (HeldConnection connection = connect()) {
						connection.client().send(request);
						if (!request.isEmpty()) {
							HeldConnection.await().until(() -> connection.totals().read() > 0);
						}
						if (abort) {
							connection.client().abort();
						}
						else {
							connection.client().close();
						}
						HeldConnection.await().until(() -> connection.state() == EntryState.ENDED);
					}
				}
			}
		});
	}

	@Test
	@Order(10)
	void shouldNotBeIdleOnceAnotherProtocolIsSpoken() throws Exception {
		try (HeldConnection connection = connect()) {
			HttpConnection client = connection.client();
			assertThat(client.get("/text?size=3").read().text()).isEqualTo("xxx");
			client.get("/ws", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
					"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==");
			assertThat(client.readHead().status()).isEqualTo(101);
			HeldConnection.await().during(WHILE).until(() -> !connection.isIdle());
			// A text of one byte, masked with zeros, and its echo
			client.send(new byte[] { (byte) 0x81, (byte) 0x81, 0, 0, 0, 0, 'x' });
			assertThat(client.read(3)).isEqualTo(new byte[] { (byte) 0x81, 1, 'x' });
			HeldConnection.await().during(WHILE).until(() -> !connection.isIdle());
			// The end, and that of the server
			client.send(new byte[] { (byte) 0x88, (byte) 0x80, 0, 0, 0, 0 });
			connection.assertEnds();
		}
	}

	@Test
	@Order(11)
	void shouldNotBeIdleOnceHttp2IsSpoken() throws Exception {
		assumeThat(this.server.isReactive()).isFalse();
		for (String beginning : List.of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", HttpConnection.head("GET",
				"/text?size=3", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAQAf___"))) {
			try (HeldConnection connection = connect()) {
				connection.client().send(beginning);
				assertThat(connection.client().read(9)).hasSize(9);
				connection.awaitBusy();
				HeldConnection.await().during(WHILE).until(() -> !connection.isIdle());
				connection.client().close();
				HeldConnection.await().until(() -> connection.state() == EntryState.ENDED);
			}
		}
	}

	@Test
	@Order(12)
	void shouldBeIdleAsSoonAsFileIsThere() throws Exception {
		assumeThat(this.server).isEqualTo(WebServerType.TOMCAT);
		Files.write(FileSender.file, new byte[FILE_LENGTH]);
		try (HeldConnection connection = connect()) {
			for (int i = 0; i < TIMES; i++) {
				assertThat(connection.client().get("/file").read().body()).hasSize(FILE_LENGTH);
				connection.assertIdle("after file " + i);
			}
			connection.client()
				.send(HttpConnection.head("GET", "/file") + HttpConnection.head("GET", "/slow?millis=200"));
			assertThat(connection.client().read().body()).hasSize(FILE_LENGTH);
			assertThat(connection.isIdle()).isFalse();
			assertThat(connection.client().read().text()).isEqualTo("slow");
			HeldConnection.await().until(connection::isIdle);
		}
	}

	@Test
	@Order(Integer.MAX_VALUE)
	void shouldEndForClientWhenServerStops() throws Exception {
		try (HeldConnection idle = connect(); HeldConnection silent = connect(); HeldConnection half = connect()) {
			assertThat(idle.client().get("/text?size=3").read().text()).isEqualTo("xxx");
			half.client().send("GET /te");
			half.awaitBusy();
			context.close();
			idle.assertEnds();
			silent.assertEnds();
			half.assertEnds();
		}
	}

	/**
	 * Lets Tomcat send a file by itself.
	 */
	@RestController
	static class FileSender {

		private static final Path file = temp.resolve("file");

		@GetMapping("/file")
		void file(HttpServletRequest request, HttpServletResponse response) {
			request.setAttribute("org.apache.tomcat.sendfile.filename", file.toString());
			request.setAttribute("org.apache.tomcat.sendfile.start", 0L);
			request.setAttribute("org.apache.tomcat.sendfile.end", (long) FILE_LENGTH);
			response.setContentLength(FILE_LENGTH);
		}

	}

}
