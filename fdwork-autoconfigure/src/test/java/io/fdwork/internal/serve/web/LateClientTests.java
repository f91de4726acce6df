package io.fdwork.internal.serve.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLContext;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of what clients of TLS see that have connected, but say so only when their worker
 * drains. Their connections cannot go home.
 */
@Tag("long")
class LateClientTests {

	private static final int LARGE = 20 * 1024 * 1024;

	@TempDir
	private static Path temp;

	private static Path keyStore;

	private static SSLContext ssl;

	@BeforeAll
	static void createKeyStore() throws Exception {
		keyStore = temp.resolve("keys.p12");
		KeyStores.create(keyStore);
		ssl = KeyStores.trust(keyStore);
	}

	@ParameterizedTest
	@EnumSource
	void shouldAnswerOneRequestAndSayThatItIsTheLastWhenClientComesLate(WebServerType server) throws Exception {
		try (Served served = serve(server); HttpConnection busy = new HttpConnection(served.plainPort()).overTls(ssl)) {
			get(busy, "/slow?millis=4000");
			Drain drain = Drain.begin(served);
			try (HttpConnection late = drain.late().overTls(ssl)) {
				// Longer than connections may be idle
				HttpConnection.Response last = getInTime(late, "/slow?millis=1500").read();
				assertThat(last.text()).isEqualTo("slow");
				assertThat(last.headers()).containsEntry("Connection", "close");
				assertThat(late.isEnded()).isTrue();
			}
			assertThat(busy.read().text()).isEqualTo("slow");
			drain.closed().get(10, TimeUnit.SECONDS);
		}
	}

	@ParameterizedTest
	@EnumSource
	void shouldSendWholeAnswerWhenClientComesLateAndIsSlowToRead(WebServerType server) throws Exception {
		try (Served served = serve(server); HttpConnection busy = new HttpConnection(served.plainPort()).overTls(ssl)) {
			get(busy, "/slow?millis=3000");
			Drain drain = Drain.begin(served);
			try (HttpConnection late = drain.late().overTls(ssl)) {
				// More than the sockets hold
				getInTime(late, "/bytes?size=" + LARGE);
				assertThat(busy.read().text()).isEqualTo("slow");
				assertThat(late.read().body()).hasSize(LARGE);
				assertThat(late.isEnded()).isTrue();
			}
			drain.closed().get(10, TimeUnit.SECONDS);
		}
	}

	@ParameterizedTest
	@EnumSource
	void shouldOpenWebSocketWhenClientComesLate(WebServerType server) throws Exception {
		try (Served served = serve(server); HttpConnection busy = new HttpConnection(served.plainPort()).overTls(ssl)) {
			get(busy, "/slow?millis=4000");
			Drain drain = Drain.begin(served);
			try (HttpConnection late = drain.late().overTls(ssl)) {
				getInTime(late, "/ws", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
						"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==");
				assertThat(late.readHead().status()).isEqualTo(101);
				late.send(new byte[] { (byte) 0x81, (byte) 0x82, 0, 0, 0, 0, 'h', 'i' });
				assertThat(late.read(4)).isEqualTo("\u0081\u0002hi".getBytes(StandardCharsets.ISO_8859_1));
			}
			assertThat(busy.read().text()).isEqualTo("slow");
			drain.closed().get(10, TimeUnit.SECONDS);
		}
	}

	private static Served serve(WebServerType server) {
		return new Served(server, true, temp.resolve("d-" + System.nanoTime()), List.of(),
				KeyStores.arguments(keyStore));
	}

	/**
	 * Jetty compares the host with the certificate.
	 */
	private static HttpConnection get(HttpConnection client, String path, String... headers) throws IOException {
		return client.send(HttpConnection.head("GET", path, headers).replace("Host: test", "Host: localhost"));
	}

	private static HttpConnection getInTime(HttpConnection client, String path, String... headers) {
		try {
			return get(client, path, headers);
		}
		catch (IOException ex) {
			return Assumptions.abort("The machine is so busy that the connection was idle for a second: " + ex);
		}
	}

	/**
	 * A drain that has begun, and a client that has connected just before it.
	 */
	private record Drain(CompletableFuture<Void> closed, HttpConnection late) {

		static Drain begin(Served served) throws Exception {
			try (HttpConnection told = new HttpConnection(served.plainPort()).overTls(ssl)) {
				assertThat(get(told, "/text?size=1").read().text()).isEqualTo("x");
				HttpConnection late = new HttpConnection(served.plainPort());
				Awaitility.await().until(served::inHand, (inHand) -> inHand == 3);
				CompletableFuture<Void> closed = CompletableFuture.runAsync(served.plain()::close);
				Awaitility.await().until(() -> get(told, "/text?size=1").read().headers().containsKey("Connection"));
				return new Drain(closed, late);
			}
		}

	}

}
