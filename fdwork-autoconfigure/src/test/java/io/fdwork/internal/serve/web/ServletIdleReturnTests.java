package io.fdwork.internal.serve.web;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.fdwork.Moment;
import io.fdwork.OpenFiles;
import io.fdwork.internal.worker.Worker;
import io.fdwork.worker.WorkerState;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests for the idle connections of MVC, which go home, and for the permits of its
 * requests.
 */
@ParameterizedClass
@EnumSource(names = { "TOMCAT", "JETTY" })
@Timeout(180)
class ServletIdleReturnTests {

	private static final int RACES = 300;

	private static final String LATE = "10m";

	@Parameter
	private WebServerType server;

	@TempDir
	private Path temp;

	private HomeFixture home;

	@BeforeEach
	void startDaemon() throws IOException {
		Gate.close();
		this.home = new HomeFixture(this.server, this.temp.resolve("d"), Gate.class);
	}

	@AfterEach
	void close() throws IOException {
		Gate.open();
		this.home.close();
	}

	@Test
	void shouldHoldIdleConnectionsInDaemonAndAnswerTheirNextRequests() throws Exception {
		ConfigurableApplicationContext first = startWorker("50ms");
		List<HttpConnection> clients = this.home.connect(20);
		for (HttpConnection client : clients) {
			assertAnswers(client);
		}
		// One that has sent nothing yet
		HttpConnection silent = this.home.connect();
		await().until(() -> this.home.idle().held() == 21);
		await().until(() -> HomeFixture.active(first) == 0);
		first.close();
		startWorker("50ms");
		for (HttpConnection client : clients) {
			assertAnswers(client);
		}
		assertAnswers(silent);
		assertThat(this.home.idle().resumed()).isGreaterThanOrEqualTo(21);
		await().until(() -> this.home.idle().held() == 21);
	}

	@Test
	void shouldCloseNoConnectionWhenWorkerDrains() throws Exception {
		ConfigurableApplicationContext first = startWorker("0");
		List<HttpConnection> clients = this.home.connect(10);
		for (HttpConnection client : clients) {
			assertAnswers(client);
		}
		HttpConnection silent = this.home.connect();
		HttpConnection busy = this.home.connect().get("/gate");
		HttpConnection later = this.home.connect().get("/later-gate");
		// The first is in hand, the others are behind it
		HttpConnection pipelining = this.home.connect();
		pipelining.send(HttpConnection.head("GET", "/gate") + HttpConnection.head("GET", "/text?size=2")
				+ HttpConnection.head("GET", "/text?size=3"));
		HttpConnection half = this.home.connect();
		String request = HttpConnection.head("GET", "/text?size=4");
		half.send(request.substring(0, 20));
		await().until(() -> HomeFixture.active(first) == 15 && Gate.requests() == 3);
		startWorker("0");
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(first::close);
		for (HttpConnection client : clients) {
			assertAnswers(client);
		}
		await().until(() -> HomeFixture.active(first) == 4);
		Gate.open();
		half.send(request.substring(20));
		assertThat(half.read().text()).isEqualTo("xxxx");
		for (HttpConnection client : List.of(busy, later)) {
			HttpConnection.Response last = client.read();
			assertThat(last.text()).isEqualTo("gate");
			assertThat(last.headers()).doesNotContainKey("Connection");
		}
		assertThat(pipelining.read().text()).isEqualTo("gate");
		assertThat(pipelining.read().text()).isEqualTo("xx");
		assertThat(pipelining.read().text()).isEqualTo("xxx");
		stopped.get(15, TimeUnit.SECONDS);
		assertThat(this.home.idle().returned()).isGreaterThanOrEqualTo(15);
		for (HttpConnection client : List.of(silent, busy, later, pipelining, half)) {
			assertAnswers(client);
		}
	}

	@Test
	void shouldLoseNothingWhenClientSendsAtTheMomentOfReturn() throws Exception {
		startWorker("1ms");
		startWorker("1ms");
		HttpConnection client = this.home.connect();
		for (int i = 0; i < RACES; i++) {
			assertAnswers(client);
			// From well before the return to well after it
			Moment.in(500_000 + i * 7_000L);
		}
		assertThat(this.home.idle().returned()).as("how often it went home").isGreaterThan(RACES / 10);
	}

	@Test
	void shouldLoseNothingWhenClientSendsHalfRequestAtTheMomentOfReturn() throws Exception {
		startWorker("1ms");
		startWorker("1ms");
		HttpConnection client = this.home.connect();
		String request = HttpConnection.head("GET", "/text?size=5", "X-Header: value");
		for (int i = 0; i < RACES; i++) {
			int half = 1 + i % (request.length() - 1);
			client.send(request.substring(0, half));
			Moment.in(500_000 + i * 7_000L);
			client.send(request.substring(half));
			assertThat(client.read().text()).isEqualTo("xxxxx");
			Moment.in(1_000_000);
		}
		assertThat(this.home.idle().returned()).as("how often it went home").isGreaterThan(RACES / 10);
	}

	@Test
	void shouldAnswerAsServerAloneWhenConnectionsGoHomeAgainAndAgain() throws Exception {
		List<RandomClient.Exchange> exchanges = RandomClient.ask(this.home.startAlone());
		startWorker("1ms");
		startWorker("1ms");
		List<CompletableFuture<Void>> clients = new ArrayList<>();
		ExecutorService threads = Executors.newFixedThreadPool(8);
		for (int seed = 0; seed < 8; seed++) {
			RandomClient client = new RandomClient(exchanges, seed);
			HttpConnection connection = this.home.connect();
			clients.add(CompletableFuture.runAsync(() -> run(client, connection), threads));
		}
		threads.shutdown();
		for (CompletableFuture<Void> client : clients) {
			client.get(100, TimeUnit.SECONDS);
		}
		assertThat(this.home.idle().returned()).as("how often they went home").isGreaterThan(RACES);
	}

	private static void run(RandomClient client, HttpConnection connection) {
		try {
			client.run(connection, RACES);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Test
	void shouldKeepConnectionThatHasSentHalfRequest() throws Exception {
		ConfigurableApplicationContext worker = startWorker("20ms");
		HttpConnection client = this.home.connect();
		// The rest of what is pipelined has been read with the first
		client.send(HttpConnection.head("GET", "/text?size=1") + "GET /text?size=3 HTTP/1.1\r\nHost: te");
		assertThat(client.read().text()).isEqualTo("x");
		assertStays(worker);
		client.send("st\r\n\r\n");
		assertThat(client.read().text()).isEqualTo("xxx");
		await().until(() -> this.home.idle().held() == 1);
	}

	@Test
	void shouldReturnAfterBodiesAndHeadAndPipelinedRequests() throws Exception {
		ConfigurableApplicationContext worker = startWorker("20ms");
		HttpConnection client = this.home.connect();
		client.send(HttpConnection.head("HEAD", "/text?size=1"));
		assertThat(client.readHead().status()).isEqualTo(200);
		client.send(HttpConnection.head("POST", "/sum", "Content-Type: application/octet-stream", "Content-Length: 4")
				+ "body"
				+ HttpConnection.head("POST", "/sum", "Content-Type: application/octet-stream",
						"Transfer-Encoding: chunked")
				+ "4\r\nbody\r\n0\r\n\r\n" + HttpConnection.head("GET", "/events", "Accept: text/event-stream")
				+ HttpConnection.head("GET", "/none"));
		assertThat(client.read().status()).isEqualTo(200);
		assertThat(client.read().status()).isEqualTo(200);
		assertThat(client.read().text()).contains("event 2");
		assertThat(client.read().status()).isEqualTo(404);
		await().until(() -> this.home.idle().held() == 1);
		client.send(HttpConnection.head("POST", "/sum", "Content-Type: application/octet-stream", "Content-Length: 4",
				"Expect: 100-continue"));
		assertThat(client.readHead().status()).isEqualTo(100);
		assertStays(worker);
		assertThat(client.send("body").read().status()).isEqualTo(200);
		await().until(() -> this.home.idle().held() == 1);
	}

	@Test
	void shouldCloseWhatIsNotKeptAlive() throws Exception {
		ConfigurableApplicationContext worker = startWorker("20ms");
		HttpConnection client = this.home.connect();
		assertThat(client.get("/text?size=1", "Connection: close").read().text()).isEqualTo("x");
		assertThat(client.isEnded()).isTrue();
		HttpConnection wrong = this.home.connect();
		wrong.send("GET /\u0001 WRONG\r\n\r\n");
		assertThat(wrong.readHead().status()).isEqualTo(400);
		// Jetty waits for it
		client.close();
		wrong.close();
		await().until(() -> HomeFixture.active(worker) == 0);
		assertThat(this.home.idle().held()).isZero();
	}

	@Test
	void shouldKeepWebSocket() throws Exception {
		ConfigurableApplicationContext worker = startWorker("20ms");
		CompletableFuture<String> received = new CompletableFuture<>();
		WebSocket socket = HttpClient.newHttpClient()
			.newWebSocketBuilder()
			.buildAsync(URI.create("ws://127.0.0.1:" + this.home.port() + "/ws"), new WebSocket.Listener() {

				@Override
				public CompletableFuture<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
					received.complete(data.toString());
					return null;
				}

			})
			.get(10, TimeUnit.SECONDS);
		assertStays(worker);
		socket.sendText("x", true).get(10, TimeUnit.SECONDS);
		assertThat(received.get(10, TimeUnit.SECONDS)).isEqualTo("x");
		socket.abort();
		await().until(() -> HomeFixture.active(worker) == 0);
	}

	@Test
	void shouldKeepConnectionWithTls() throws Exception {
		Path keyStore = this.temp.resolve("keys.p12");
		KeyStores.create(keyStore);
		ConfigurableApplicationContext worker = startWorker("20ms", KeyStores.arguments(keyStore));
		HttpConnection client = this.home.connect().overTls(KeyStores.trust(keyStore));
		assertAnswersTls(client);
		assertStays(worker);
		assertAnswersTls(client);
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(worker::close);
		assertThat(client.isEnded()).as("closed, as it cannot go home").isTrue();
		stopped.get(15, TimeUnit.SECONDS);
		assertThat(this.home.idle().returned()).isZero();
	}

	private static void assertAnswersTls(HttpConnection client) throws IOException {
		// Jetty compares it with the certificate
		client.send("GET /text?size=3 HTTP/1.1\r\nHost: localhost\r\n\r\n");
		assertThat(client.read().text()).isEqualTo("xxx");
	}

	@Test
	void shouldCountRequestsOfConnectionInAllWorkers() throws Exception {
		assumeThat(this.server).isEqualTo(WebServerType.TOMCAT);
		String limit = "--server.tomcat.max-keep-alive-requests=4";
		ConfigurableApplicationContext first = this.home.startWorker("20ms", limit);
		HttpConnection client = this.home.connect();
		assertAnswers(client);
		assertAnswers(client);
		await().until(() -> this.home.idle().held() == 1);
		first.close();
		this.home.startWorker("20ms", limit);
		HttpConnection.Response third = client.get("/text?size=3").read();
		assertThat(third.headers()).doesNotContainEntry("Connection", "close");
		await().until(() -> this.home.idle().held() == 1);
		HttpConnection.Response last = client.get("/text?size=3").read();
		assertThat(last.text()).isEqualTo("xxx");
		assertThat(last.headers()).containsEntry("Connection", "close");
		assertThat(client.isEnded()).isTrue();
	}

	@Test
	void shouldKeepConnectionForAnyNumberOfRequests() throws Exception {
		assumeThat(this.server).isEqualTo(WebServerType.TOMCAT);
		ConfigurableApplicationContext worker = startWorker(LATE);
		HttpConnection client = this.home.connect();
		for (int i = 0; i < 300; i++) {
			assertAnswers(client);
		}
		assertThat(HomeFixture.active(worker)).isOne();
	}

	@Test
	void shouldCloseIdleConnectionAtHomeWhenItsServerWould() throws Exception {
		startWorker("20ms", idleTimeout(1));
		HttpConnection client = this.home.connect();
		long start = System.nanoTime();
		assertAnswers(client);
		await().until(() -> this.home.idle().held() == 1);
		assertThat(client.isEnded()).isTrue();
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
		await().until(() -> this.home.idle().timedOut() == 1);
	}

	@Test
	void shouldCloseIdleConnectionWhenItsTimeIsOverAndDaemonHasGone() throws Exception {
		ConfigurableApplicationContext worker = startWorker("20ms", idleTimeout(2));
		HttpConnection client = this.home.connect();
		assertAnswers(client);
		long answered = System.nanoTime();
		await().until(() -> this.home.idle().held() == 1);
		await().during(Duration.ofSeconds(1)).until(() -> this.home.idle().held() == 1);
		this.home.stopDaemon();
		await().until(() -> HomeFixture.active(worker) == 1);
		assertThat(client.isEnded()).isTrue();
		assertThat(Duration.ofNanos(System.nanoTime() - answered)).as("not two seconds in this worker alone")
			.isBetween(Duration.ofMillis(1900), Duration.ofMillis(2800));
	}

	private String idleTimeout(int seconds) {
		return ((this.server == WebServerType.TOMCAT) ? "--server.tomcat.keep-alive-timeout="
				: "--server.jetty.connection-idle-timeout=") + seconds + "s";
	}

	@Test
	void shouldLeaveNoFileOpen() {
		startWorker("10ms");
		OpenFiles.assertNoneLeaked(10, () -> {
			try (HttpConnection client = new HttpConnection(this.home.port())) {
				long before = this.home.idle().returned();
				assertAnswers(client);
				await().until(() -> this.home.idle().returned() > before);
				assertAnswers(client);
			}
			await().until(() -> this.home.idle().held() == 0);
		});
	}

	@Test
	void shouldSendConnectionHomeUnreadWhenThereIsNoPermitForItsRequest() throws Exception {
		ConfigurableApplicationContext busy = startWorker(LATE, "--fdwork.worker.concurrency=1");
		HttpConnection client = this.home.connect();
		assertAnswers(client);
		HttpConnection blocking = this.home.connect().get("/gate");
		await().until(() -> Gate.requests() == 1);
		client.get("/text?size=3");
		// Nobody has a permit for it
		await().until(() -> this.home.idle().resumed() == 1);
		startWorker(LATE);
		assertThat(client.read().text()).isEqualTo("xxx");
		assertThat(HomeFixture.active(busy)).isOne();
		Gate.open();
		assertThat(blocking.read().text()).isEqualTo("gate");
	}

	@Test
	void shouldGetMoreWhileConnectionsAreIdle() throws Exception {
		ConfigurableApplicationContext worker = startWorker(LATE, "--fdwork.worker.concurrency=1");
		List<HttpConnection> clients = new ArrayList<>();
		for (int i = 0; i < 5; i++) {
			HttpConnection client = this.home.connect();
			clients.add(client);
			if (i != 2) {
				assertAnswers(client);
			}
		}
		HttpConnection half = this.home.connect().send("GET /text?size=3 HTTP/1.1\r\nHo");
		// That waits for nothing but its client has no permit either
		HttpConnection later = this.home.connect().get("/later-gate");
		await().until(() -> Gate.requests() == 1);
		assertAnswers(this.home.connect());
		assertThat(HomeFixture.active(worker)).isGreaterThanOrEqualTo(2);
		Gate.open();
		assertThat(later.read().text()).isEqualTo("gate");
		assertThat(half.send("st: x\r\n\r\n").read().text()).isEqualTo("xxx");
		for (HttpConnection client : clients) {
			assertAnswers(client);
		}
	}

	@Test
	void shouldServeWhatCannotGoHomeThoughThereIsNoPermit() throws Exception {
		// None goes home before the worker drains
		startWorker("0", "--fdwork.worker.concurrency=1");
		HttpConnection client = this.home.connect();
		assertAnswers(client);
		HttpConnection blocking = this.home.connect().get("/gate");
		await().until(() -> Gate.requests() == 1);
		assertAnswers(client);
		Gate.open();
		assertThat(blocking.read().text()).isEqualTo("gate");
		assertAnswers(this.home.connect());
	}

	@Test
	void shouldTellClientsThatConnectionEndsWhenThereIsNoDaemonToHoldIt() throws Exception {
		ConfigurableApplicationContext worker = startWorker(LATE);
		HttpConnection client = this.home.connect().get("/gate");
		HttpConnection idle = this.home.connect();
		assertAnswers(idle);
		await().until(() -> Gate.requests() == 1);
		this.home.stopDaemon();
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(worker::close);
		await().until(() -> worker.getBean(Worker.class).snapshot().state() == WorkerState.DRAINING);
		Gate.open();
		assertThat(client.read().text()).isEqualTo("gate");
		assertThat(client.isEnded()).isTrue();
		assertThat(idle.isEnded()).isTrue();
		stopped.get(15, TimeUnit.SECONDS);
	}

	private void assertStays(ConfigurableApplicationContext worker) {
		long before = this.home.idle().returned();
		Awaitility.await()
			.during(Duration.ofMillis(300))
			.atMost(Duration.ofSeconds(10))
			.until(() -> HomeFixture.active(worker) == 1 && this.home.idle().returned() == before);
	}

	private static void assertAnswers(HttpConnection client) throws IOException {
		assertThat(client.get("/text?size=3").read().text()).isEqualTo("xxx");
	}

	private ConfigurableApplicationContext startWorker(String idleReturn, String... arguments) {
		List<String> all = new ArrayList<>(List.of("--server.tomcat.max-keep-alive-requests=-1"));
		all.addAll(List.of(arguments));
		return this.home.startWorker(idleReturn, all.toArray(String[]::new));
	}

	private static ConditionFactory await() {
		return HomeFixture.await();
	}

	/**
	 * Answers when the test wants it.
	 */
	@RestController
	static class Gate {

		private static final AtomicInteger requests = new AtomicInteger();

		private static volatile CountDownLatch latch = new CountDownLatch(0);

		private static volatile CompletableFuture<String> answer = new CompletableFuture<>();

		@GetMapping("/gate")
		String gate() throws InterruptedException {
			requests.incrementAndGet();
			latch.await();
			return "gate";
		}

		@GetMapping("/later-gate")
		CompletableFuture<String> laterGate() {
			requests.incrementAndGet();
			return answer.copy();
		}

		static int requests() {
			return requests.get();
		}

		static void close() {
			requests.set(0);
			latch = new CountDownLatch(1);
			answer = new CompletableFuture<>();
		}

		static void open() {
			latch.countDown();
			answer.complete("gate");
		}

	}

}
