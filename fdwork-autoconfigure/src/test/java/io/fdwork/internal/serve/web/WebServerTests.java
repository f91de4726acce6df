package io.fdwork.internal.serve.web;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

import javax.net.ssl.SSLContext;

import io.fdwork.OpenFiles;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.worker.Worker;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests that an application is served over HTTP in a worker as it is without fdwork. The
 * latter, with the same tests, is the control.
 */
@ParameterizedClass(name = "{0}, worker = {1}")
@MethodSource("servers")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WebServerTests {

	private static final int MEBIBYTE = 1024 * 1024;

	// More than HTTP/2 sends without being asked for more
	private static final int LARGE = 8 * Bodies.PIECE;

	@TempDir
	private static Path temp;

	private static Path keyStore;

	private static SSLContext ssl;

	private static Served served;

	@Parameter(0)
	private WebServerType server;

	@Parameter(1)
	private boolean worker;

	private int inHandBefore;

	static Stream<Arguments> servers() {
		return Stream.of(WebServerType.values())
			.flatMap((server) -> Stream.of(arguments(server, true), arguments(server, false)));
	}

	@BeforeAll
	static void createKeyStore() throws Exception {
		keyStore = temp.resolve("keys.p12");
		KeyStores.create(keyStore);
		ssl = KeyStores.trust(keyStore);
	}

	@BeforeParameterizedClassInvocation
	static void start(WebServerType server, boolean worker) {
		served = new Served(server, worker, temp.resolve("d-" + server + worker), keyStore);
	}

	@AfterParameterizedClassInvocation
	static void stop() {
		served.close();
	}

	@BeforeEach
	void countConnectionsInHand() {
		// The clients of HTTP/2 leave theirs open
		this.inHandBefore = (this.worker) ? served.inHand() : 0;
	}

	@Test
	void shouldTellAddressesAndScheme() throws Exception {
		try (HttpConnection client = connect()) {
			assertThat(client.get("/addresses").read().text()).isEqualTo(
					"127.0.0.1 " + client.socket().getLocalPort() + " 127.0.0.1 " + served.plainPort() + " http");
		}
	}

	@Test
	void shouldTellAddressesThatBalancerSays() throws Exception {
		assumeThat(this.worker).isTrue();
		String header = "PROXY %s 4660 4661\r\n";
		try (HttpConnection client = new HttpConnection(served.proxiedPort(false));
				HttpConnection ipv6 = new HttpConnection(served.proxiedPort(false));
				HttpConnection behindTls = new HttpConnection(served.proxiedPort(true))) {
			client.send(header.formatted("TCP4 192.0.2.1 198.51.100.2"));
			assertThat(client.get("/addresses").read().text()).isEqualTo("192.0.2.1 4660 198.51.100.2 4661 http");
			ipv6.send(header.formatted("TCP6 2001:db8::1 2001:db8::2") + HttpConnection.head("GET", "/addresses"));
			// Jetty puts brackets around
			assertThat(ipv6.read().text().replaceAll("[\\[\\]]", ""))
				.isEqualTo("2001:db8:0:0:0:0:0:1 4660 2001:db8:0:0:0:0:0:2 4661 http");
			behindTls.send(header.formatted("TCP4 192.0.2.1 198.51.100.2"));
			HttpConnection tls = behindTls.overTls(ssl);
			tls.send("GET /addresses HTTP/1.1\r\nHost: localhost\r\n\r\n");
			assertThat(tls.read().text()).isEqualTo("192.0.2.1 4660 198.51.100.2 4661 https");
		}
	}

	@Test
	void shouldSendBodiesOfAnySize() throws Exception {
		try (HttpConnection client = connect()) {
			for (int size : new int[] { 0, 1, Bodies.PIECE, 5 * MEBIBYTE + 1, 100 * MEBIBYTE }) {
				HttpConnection.Response response = client.get("/bytes?size=" + size).read();
				assertThat(response.body()).hasSize(size);
				assertThat(Bodies.sum(response.body())).isEqualTo(Bodies.sum(size));
			}
		}
	}

	@Test
	void shouldReceiveBodiesOfAnySize() throws Exception {
		try (HttpConnection client = connect()) {
			for (int size : new int[] { 0, 1, Bodies.PIECE, 5 * MEBIBYTE + 1, 100 * MEBIBYTE }) {
				client.send(HttpConnection.head("POST", "/sum", "Content-Type: application/octet-stream",
						"Content-Length: " + size));
				for (int piece = 0; piece * Bodies.PIECE < size; piece++) {
					client.send(Bodies.piece(piece, size));
				}
				assertThat(client.read().text()).isEqualTo(Bodies.sum(size));
			}
		}
	}

	@Test
	void shouldReceiveChunks() throws Exception {
		try (HttpConnection client = connect()) {
			client.send(HttpConnection.head("POST", "/sum", "Content-Type: application/octet-stream",
					"Transfer-Encoding: chunked"));
			for (int piece = 0; piece < 3; piece++) {
				client.send("10000\r\n").send(Bodies.piece(piece, 3 * Bodies.PIECE)).send("\r\n");
			}
			assertThat(client.send("0\r\n\r\n").read().text()).isEqualTo(Bodies.sum(3 * Bodies.PIECE));
		}
	}

	@Test
	void shouldSendChunksAndEvents() throws Exception {
		try (HttpConnection client = connect()) {
			HttpConnection.Response response = client.get("/events", "Accept: text/event-stream").read();
			assertThat(response.headers()).containsEntry("Transfer-Encoding", "chunked");
			assertThat(response.text().replaceAll("\\s+", " ").trim())
				.isEqualTo("data:event 0 data:event 1 data:event 2");
			assertThat(client.get("/text?size=1").read().text()).isEqualTo("x");
		}
	}

	@Test
	void shouldAnswerPipelinedRequestsInOrder() throws Exception {
		try (HttpConnection client = connect()) {
			StringBuilder requests = new StringBuilder();
			for (int i = 1; i <= 20; i++) {
				requests.append(HttpConnection.head("GET", "/text?size=" + i));
			}
			client.send(requests.toString());
			for (int i = 1; i <= 20; i++) {
				assertThat(client.read().body()).hasSize(i);
			}
		}
	}

	@Test
	void shouldHoldWorkWhileConnectionIsKeptAlive() throws Exception {
		try (HttpConnection client = connect()) {
			for (int i = 0; i < 50; i++) {
				HttpConnection.Response response = client.get("/text?size=10").read();
				assertThat(response.status()).isEqualTo(200);
				assertThat(response.headers()).doesNotContainEntry("Connection", "close");
			}
			if (this.worker) {
				assertThat(served.inHand()).isPositive();
			}
		}
		awaitConnectionsEnded();
	}

	@Test
	void shouldCloseConnectionWhenClientAsks() throws Exception {
		try (HttpConnection client = connect()) {
			assertThat(client.get("/text?size=3", "Connection: close").read().text()).isEqualTo("xxx");
			assertThat(client.isEnded()).isTrue();
		}
		awaitConnectionsEnded();
	}

	@Test
	void shouldContinueWhenClientExpects() throws Exception {
		try (HttpConnection client = connect()) {
			client.send(HttpConnection.head("POST", "/sum", "Content-Type: application/octet-stream",
					"Content-Length: 1000", "Expect: 100-continue"));
			assertThat(client.readHead().status()).isEqualTo(100);
			assertThat(client.send(Bodies.piece(0, 1000)).read().text()).isEqualTo(Bodies.sum(1000));
		}
	}

	@Test
	void shouldCompress() throws Exception {
		try (HttpConnection client = connect()) {
			HttpConnection.Response response = client.get("/text?size=100000", "Accept-Encoding: gzip").read();
			assertThat(response.headers()).containsEntry("Content-Encoding", "gzip");
			assertThat(response.body()).hasSizeLessThan(10_000);
			try (GZIPInputStream body = new GZIPInputStream(new ByteArrayInputStream(response.body()))) {
				assertThat(body.readAllBytes()).hasSize(100_000);
			}
		}
	}

	@Test
	void shouldServeSlowClients() throws Exception {
		try (HttpConnection client = connect()) {
			for (byte next : HttpConnection.head("GET", "/text?size=5").getBytes(StandardCharsets.ISO_8859_1)) {
				client.send(new byte[] { next });
			}
			assertThat(client.read().text()).isEqualTo("xxxxx");
			client.get("/bytes?size=" + 10 * MEBIBYTE);
			try (HttpConnection other = connect()) {
				// While the first has not read anything
				assertThat(other.get("/text?size=2").read().text()).isEqualTo("xx");
			}
			assertThat(Bodies.sum(client.read().body())).isEqualTo(Bodies.sum(10 * MEBIBYTE));
		}
	}

	@Test
	void shouldForgetClientsThatAbort() throws Exception {
		for (int i = 0; i < 10; i++) {
			HttpConnection sending = connect();
			sending
				.send(HttpConnection.head("POST", "/sum", "Content-Type: application/octet-stream",
						"Content-Length: 1000"))
				.send(new byte[10])
				.abort();
			HttpConnection reading = connect();
			reading.get("/bytes?size=" + 50 * MEBIBYTE).readHead();
			reading.abort();
			connect().abort();
		}
		try (HttpConnection client = connect()) {
			assertThat(client.get("/text?size=1").read().text()).isEqualTo("x");
		}
		awaitConnectionsEnded();
	}

	@Test
	void shouldExchangeMessagesOverWebSocket() throws Exception {
		BlockingQueue<Object> received = new LinkedBlockingQueue<>();
		WebSocket socket = HttpClient.newHttpClient()
			.newWebSocketBuilder()
			.buildAsync(URI.create("ws://127.0.0.1:" + served.plainPort() + "/ws"), new Recorder(received))
			.get(10, TimeUnit.SECONDS);
		for (int i = 0; i < 3; i++) {
			socket.sendText("message " + i, true).get(10, TimeUnit.SECONDS);
			assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("message " + i);
		}
		socket.sendBinary(ByteBuffer.wrap(Bodies.piece(0, 4000)), true).get(10, TimeUnit.SECONDS);
		assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(4000);
		socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(10, TimeUnit.SECONDS);
		assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("closed " + WebSocket.NORMAL_CLOSURE);
		awaitConnectionsEnded();
	}

	@Test
	void shouldSpeakHttp2OverTls() throws Exception {
		exchange(HttpClient.Version.HTTP_2, "https://localhost:" + served.tlsPort());
	}

	@Test
	void shouldSpeakHttp1OverTls() throws Exception {
		exchange(HttpClient.Version.HTTP_1_1, "https://localhost:" + served.tlsPort());
	}

	@Test
	void shouldSpeakHttp2InClearText() throws Exception {
		exchange(HttpClient.Version.HTTP_2, "http://localhost:" + served.plainPort());
	}

	private static void exchange(HttpClient.Version version, String root) throws Exception {
		HttpClient client = HttpClient.newBuilder().version(version).sslContext(ssl).build();
		HttpResponse<String> addresses = client.send(request(root, "/addresses").build(),
				HttpResponse.BodyHandlers.ofString());
		assertThat(addresses.version()).isEqualTo(version);
		assertThat(addresses.body()).startsWith("127.0.0.1 ")
			.endsWith(" " + URI.create(root).getPort() + " " + URI.create(root).getScheme());
		List<CompletableFuture<HttpResponse<byte[]>>> responses = new ArrayList<>();
		for (int i = 0; i < 5; i++) {
			responses.add(client.sendAsync(request(root, "/bytes?size=" + LARGE).build(),
					HttpResponse.BodyHandlers.ofByteArray()));
		}
		for (CompletableFuture<HttpResponse<byte[]>> response : responses) {
			assertThat(Bodies.sum(response.get(30, TimeUnit.SECONDS).body())).isEqualTo(Bodies.sum(LARGE));
		}
		HttpResponse<String> sum = client.send(request(root, "/sum").header("Content-Type", "application/octet-stream")
			.POST(HttpRequest.BodyPublishers.ofByteArrays(Stream.iterate(0, (piece) -> piece + 1)
				.limit(LARGE / Bodies.PIECE)
				.map((piece) -> Bodies.piece(piece, LARGE))
				.collect(Collectors.toList())))
			.build(), HttpResponse.BodyHandlers.ofString());
		assertThat(sum.version()).isEqualTo(version);
		assertThat(sum.body()).isEqualTo(Bodies.sum(LARGE));
	}

	private static HttpRequest.Builder request(String root, String path) {
		return HttpRequest.newBuilder(URI.create(root + path)).timeout(Duration.ofSeconds(30));
	}

	@Test
	void shouldMeasureRequests() throws Exception {
		try (HttpConnection client = connect()) {
			client.get("/text?size=1").read();
		}
		Awaitility.await().untilAsserted(() -> {
			Timer timer = served.plain()
				.getBean(MeterRegistry.class)
				.find("http.server.requests")
				.tag("uri", "/text")
				.timer();
			assertThat(timer).isNotNull();
			assertThat(timer.count()).isPositive();
		});
	}

	@Test
	void shouldReachActuatorWhenRoleIsDaemon() throws Exception {
		assumeThat(this.worker).isTrue();
		int port = served.daemon().getEnvironment().getRequiredProperty("local.management.port", Integer.class);
		try (HttpConnection client = new HttpConnection(port)) {
			assertThat(client.get("/actuator/health").read().status()).isEqualTo(200);
			assertThat(client.get("/text?size=1").read().status()).isEqualTo(404);
		}
	}

	@Test
	void shouldShowActuatorAndRequestsOfWorkerInDaemon() throws Exception {
		assumeThat(this.worker).isTrue();
		try (HttpConnection client = connect()) {
			client.get("/text?size=1").read();
		}
		Awaitility.await()
			.until(() -> shown().management() != null && shown().figures().requests() != null
					&& shown().figures().requests().count() > 0);
		URI management = URI.create(shown().management());
		assertThat(management.getPath()).isEqualTo("/actuator");
		try (HttpConnection client = new HttpConnection(management.getPort())) {
			assertThat(client.get("/actuator/health").read().status()).isEqualTo(200);
		}
	}

	private static DaemonSnapshot.WorkerSnapshot shown() {
		return served.daemon()
			.getBean(Daemon.class)
			.snapshot()
			.workers()
			.stream()
			.filter((candidate) -> candidate.queues().contains("default"))
			.findFirst()
			.orElseThrow();
	}

	@Test
	void shouldHaveConcurrencyOfServerWhenRoleIsWorker() {
		assumeThat(this.worker).isTrue();
		int concurrency = served.plain().getBean(Worker.class).snapshot().figures().load().concurrency();
		switch (this.server) {
			case TOMCAT -> assertThat(concurrency).isEqualTo(200);
			case JETTY -> assertThat(concurrency).as("200 without an acceptor and the selectors").isBetween(180, 198);
			default -> assertThat(concurrency).isEqualTo(10_000);
		}
	}

	@Test
	void shouldLeaveNoFileOpen() {
		OpenFiles.assertNoneLeaked(3, () -> {
			List<HttpConnection> clients = new ArrayList<>();
			for (int i = 0; i < 30; i++) {
				clients.add(connect().get("/text?size=1"));
			}
			for (HttpConnection client : clients) {
				assertThat(client.read().text()).isEqualTo("x");
				client.close();
			}
			awaitConnectionsEnded();
		});
	}

	@Test
	@Order(Integer.MAX_VALUE)
	void shouldFinishRequestsAndCloseIdleConnectionsWhenStopped() throws Exception {
		try (HttpConnection busy = connect();
				HttpConnection idle = connect();
				HttpConnection returning = connect();
				HttpConnection reading = connect()) {
			assertThat(idle.get("/text?size=1").read().text()).isEqualTo("x");
			assertThat(returning.get("/text?size=1").read().text()).isEqualTo("x");
			assertThat(busy.get("/text?size=1").read().text()).isEqualTo("x");
			if (this.worker) {
				// More than the sockets hold. By itself, no
				// server waits for who is slow to read
				reading.get("/bytes?size=" + 20 * MEBIBYTE);
			}
			int slow = SlowRequests.begun();
			busy.get("/slow?millis=1700");
			Awaitility.await().until(() -> SlowRequests.begun() > slow);
			long start = System.nanoTime();
			CompletableFuture<Void> closed = CompletableFuture.runAsync(served.plain()::close);
			boolean goHome = this.worker && !this.server.isReactive();
			if (this.worker && !goHome) {
				Awaitility.await().until(() -> isLastRequest(returning));
				assertThat(returning.isEnded()).isTrue();
			}
			HttpConnection.Response last = busy.read();
			assertThat(last.text()).isEqualTo("slow");
			if (!goHome) {
				assertThat(idle.isEnded()).isTrue();
				assertThat(busy.isEnded()).isTrue();
			}
			if (this.worker) {
				assertThat(reading.read().body()).hasSize(20 * MEBIBYTE);
				assertThat(goHome || reading.isEnded()).isTrue();
			}
			// By itself, Tomcat may wait for requests that were aborted long ago
			closed.get((this.worker) ? 10 : 40, TimeUnit.SECONDS);
			// For longer than a connection may be idle in a drain
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(1200));
			if (goHome) {
				Awaitility.await().until(() -> served.idleAtHome() == 4);
			}
		}
	}

	private static boolean isLastRequest(HttpConnection connection) throws IOException {
		try {
			return connection.get("/text?size=1").read().headers().containsKey("Connection");
		}
		catch (EOFException ex) {
			// On a busy machine it was idle for so long that the server has closed it
			return true;
		}
	}

	private static HttpConnection connect() throws IOException {
		return new HttpConnection(served.plainPort());
	}

	private void awaitConnectionsEnded() {
		if (this.worker) {
			Awaitility.await()
				.atMost(Duration.ofSeconds(10))
				.until(served::inHand, (inHand) -> inHand <= this.inHandBefore);
		}
	}

	/**
	 * Records what comes over a WebSocket.
	 */
	private record Recorder(BlockingQueue<Object> received) implements WebSocket.Listener {

		@Override
		public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
			this.received.add(data.toString());
			webSocket.request(1);
			return null;
		}

		@Override
		public CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
			this.received.add(data.remaining());
			webSocket.request(1);
			return null;
		}

		@Override
		public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
			this.received.add("closed " + statusCode);
			return null;
		}

	}

}
