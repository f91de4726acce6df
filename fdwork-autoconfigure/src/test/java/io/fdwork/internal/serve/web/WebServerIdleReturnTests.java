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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import io.fdwork.Moment;
import io.fdwork.OpenFiles;
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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests for the idle connections of web servers, which go home, and for the permits of
 * the requests of MVC.
 */
@ParameterizedClass
@EnumSource
@Timeout(180)
class WebServerIdleReturnTests {

	private static final int RACES = 300;

	private static final String LATE = "10m";

	@Parameter
	private WebServerType server;

	@TempDir
	private Path temp;

	private HomeFixture home;

	@BeforeEach
	void startDaemon() throws IOException {
		this.home = new HomeFixture(this.server, this.temp.resolve("d"));
	}

	@AfterEach
	void close() throws IOException {
		this.home.close();
	}

	@Test
	void shouldHoldIdleConnectionsInDaemonAndAnswerTheirNextRequests() throws Exception {
		ConfigurableApplicationContext first = startWorker("50ms");
		List<HttpConnection> clients = this.home.connect(20);
		for (HttpConnection client : clients) {
			HomeFixture.assertAnswers(client);
		}
		// One that has sent nothing yet
		HttpConnection silent = this.home.connect();
		await().until(() -> this.home.idle().held() == 21);
		await().until(() -> HomeFixture.active(first) == 0);
		first.close();
		startWorker("50ms");
		for (HttpConnection client : clients) {
			HomeFixture.assertAnswers(client);
		}
		HomeFixture.assertAnswers(silent);
		assertThat(this.home.idle().resumed()).isGreaterThanOrEqualTo(21);
		await().until(() -> this.home.idle().held() == 21);
	}

	@Test
	void shouldCloseNoConnectionWhenWorkerDrains() throws Exception {
		ConfigurableApplicationContext first = startWorker("0");
		List<HttpConnection> clients = this.home.connect(10);
		for (HttpConnection client : clients) {
			HomeFixture.assertAnswers(client);
		}
		HttpConnection silent = this.home.connect();
		List<HttpConnection> busy = new ArrayList<>();
		for (String path : gates()) {
			busy.add(this.home.connect().get(path));
		}
		// The first is in hand, the others are behind it
		HttpConnection pipelining = this.home.connect();
		pipelining.send(HttpConnection.head("GET", gates().get(0)) + HttpConnection.head("GET", "/text?size=2")
				+ HttpConnection.head("GET", "/text?size=3"));
		HttpConnection half = this.home.connect();
		String request = HttpConnection.head("GET", "/text?size=4");
		half.send(request.substring(0, 20));
		int count = 13 + busy.size();
		await().until(() -> HomeFixture.active(first) == count && this.home.gate().requests() == busy.size() + 1);
		startWorker("0");
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(first::close);
		for (HttpConnection client : clients) {
			HomeFixture.assertAnswers(client);
		}
		await().until(() -> HomeFixture.active(first) == busy.size() + 2);
		this.home.gate().open();
		half.send(request.substring(20));
		assertThat(half.read().text()).isEqualTo("xxxx");
		for (HttpConnection client : busy) {
			HttpConnection.Response last = client.read();
			assertThat(last.text()).isEqualTo("gate");
			assertThat(last.headers()).doesNotContainKey("Connection");
		}
		assertThat(pipelining.read().text()).isEqualTo("gate");
		assertThat(pipelining.read().text()).isEqualTo("xx");
		assertThat(pipelining.read().text()).isEqualTo("xxx");
		stopped.get(15, TimeUnit.SECONDS);
		assertThat(this.home.idle().returned()).isGreaterThanOrEqualTo(count);
		busy.addAll(List.of(silent, pipelining, half));
		for (HttpConnection client : busy) {
			HomeFixture.assertAnswers(client);
		}
	}

	/**
	 * Return the paths that are answered when the test wants it.
	 */
	private List<String> gates() {
		return (this.server.isReactive()) ? List.of("/later-gate") : List.of("/gate", "/later-gate");
	}

	@Test
	void shouldLoseNothingWhenClientSendsAtTheMomentOfReturn() throws Exception {
		startWorker("1ms");
		startWorker("1ms");
		HttpConnection client = this.home.connect();
		for (int i = 0; i < RACES; i++) {
			HomeFixture.assertAnswers(client);
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
			// From well before the return to well after it
			Moment.in(500_000 + i * 7_000L);
		}
		assertThat(this.home.idle().returned()).as("how often it went home").isGreaterThan(RACES / 10);
	}

	@Test
	void shouldAnswerAsServerAloneWhenConnectionsGoHomeAgainAndAgain() throws Exception {
		assumeMvc();
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
		this.home.assertStays(worker);
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
		if (this.server.isReactive()) {
			// A body that nobody reads
			client.send(HttpConnection.head("POST", "/none", "Content-Type: application/octet-stream",
					"Content-Length: 4"));
			assertThat(client.read().status()).isEqualTo(404);
			this.home.assertStays(worker);
			client.send("body");
			await().until(() -> this.home.idle().held() == 1);
		}
		client.send(HttpConnection.head("POST", "/sum", "Content-Type: application/octet-stream", "Content-Length: 4",
				"Expect: 100-continue"));
		assertThat(client.readHead().status()).isEqualTo(100);
		this.home.assertStays(worker);
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
		if (this.server.isReactive()) {
			assertThat(wrong.isEnded()).isTrue();
		}
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
		this.home.assertStays(worker);
		socket.sendText("x", true).get(10, TimeUnit.SECONDS);
		assertThat(received.get(10, TimeUnit.SECONDS)).isEqualTo("x");
		socket.abort();
		await().until(() -> HomeFixture.active(worker) == 0);
	}

	@Test
	void shouldKeepConnectionWithTls() throws Exception {
		assumeMvc();
		Path keyStore = this.temp.resolve("keys.p12");
		KeyStores.create(keyStore);
		ConfigurableApplicationContext worker = startWorker("20ms", KeyStores.arguments(keyStore));
		HttpConnection client = this.home.connect().overTls(KeyStores.trust(keyStore));
		assertAnswersTls(client);
		this.home.assertStays(worker);
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
		assumeThat(this.server).as("has no such limit").isNotEqualTo(WebServerType.JETTY);
		String limit = "--server." + ((this.server.isReactive()) ? "netty" : "tomcat") + ".max-keep-alive-requests=4";
		ConfigurableApplicationContext first = this.home.startWorker("20ms", limit);
		HttpConnection client = this.home.connect();
		HomeFixture.assertAnswers(client);
		HomeFixture.assertAnswers(client);
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
			HomeFixture.assertAnswers(client);
		}
		assertThat(HomeFixture.active(worker)).isOne();
	}

	@Test
	void shouldCloseIdleConnectionAtHomeWhenItsServerWould() throws Exception {
		startWorker("20ms", idleTimeout(1));
		HttpConnection client = this.home.connect();
		long start = System.nanoTime();
		HomeFixture.assertAnswers(client);
		await().until(() -> this.home.idle().held() == 1);
		assertThat(client.isEnded()).isTrue();
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
		await().until(() -> this.home.idle().timedOut() == 1);
	}

	@Test
	void shouldCloseIdleConnectionWhenItsTimeIsOverAndDaemonHasGone() throws Exception {
		ConfigurableApplicationContext worker = startWorker("20ms", idleTimeout(4));
		HttpConnection client = this.home.connect();
		HomeFixture.assertAnswers(client);
		// Before it is idle: a busy machine tells the client late that it has the answer
		long asked = System.nanoTime();
		HomeFixture.assertAnswers(client);
		await().until(() -> this.home.idle().held() == 1);
		await().during(Duration.ofMillis(2500)).until(() -> this.home.idle().held() == 1);
		CompletableFuture<Long> ended = CompletableFuture.supplyAsync(() -> end(client));
		this.home.stopDaemon();
		// Its time may be over before anybody looks
		await().until(() -> HomeFixture.active(worker) == 1 || ended.isDone());
		long back = System.nanoTime();
		assertThat(Duration.ofNanos(ended.get() - asked)).isGreaterThanOrEqualTo(Duration.ofMillis(3900));
		assertThat(Duration.ofNanos(ended.get() - back)).as("not its whole time once more")
			.isLessThan(Duration.ofMillis(3800));
	}

	private static long end(HttpConnection client) {
		try {
			assertThat(client.isEnded()).isTrue();
			return System.nanoTime();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private String idleTimeout(int seconds) {
		return switch (this.server) {
			case REACTOR_NETTY -> "--server.netty.idle-timeout=";
			case TOMCAT -> "--server.tomcat.keep-alive-timeout=";
			case JETTY -> "--server.jetty.connection-idle-timeout=";
		} + seconds + "s";
	}

	@Test
	void shouldLeaveNoFileOpen() {
		startWorker("10ms");
		OpenFiles.assertNoneLeaked(10, () -> {
			try (HttpConnection client = new HttpConnection(this.home.port())) {
				long before = this.home.idle().returned();
				HomeFixture.assertAnswers(client);
				await().until(() -> this.home.idle().returned() > before);
				HomeFixture.assertAnswers(client);
			}
			await().until(() -> this.home.idle().held() == 0);
		});
	}

	@Test
	void shouldSendConnectionHomeUnreadWhenThereIsNoPermitForItsRequest() throws Exception {
		assumeMvc();
		ConfigurableApplicationContext busy = startWorker(LATE, "--fdwork.worker.concurrency=1");
		HttpConnection client = this.home.connect();
		HomeFixture.assertAnswers(client);
		HttpConnection blocking = this.home.connect().get("/gate");
		await().until(() -> this.home.gate().requests() == 1);
		client.get("/text?size=3");
		// Nobody has a permit for it
		await().until(() -> this.home.idle().resumed() == 1);
		startWorker(LATE);
		assertThat(client.read().text()).isEqualTo("xxx");
		assertThat(HomeFixture.active(busy)).isOne();
		this.home.gate().open();
		assertThat(blocking.read().text()).isEqualTo("gate");
	}

	@Test
	void shouldGetMoreWhileConnectionsAreIdle() throws Exception {
		assumeMvc();
		ConfigurableApplicationContext worker = startWorker(LATE, "--fdwork.worker.concurrency=1");
		List<HttpConnection> clients = new ArrayList<>();
		for (int i = 0; i < 5; i++) {
			HttpConnection client = this.home.connect();
			clients.add(client);
			if (i != 2) {
				HomeFixture.assertAnswers(client);
			}
		}
		HttpConnection half = this.home.connect().send("GET /text?size=3 HTTP/1.1\r\nHo");
		// That waits for nothing but its client has no permit either
		HttpConnection later = this.home.connect().get("/later-gate");
		await().until(() -> this.home.gate().requests() == 1);
		HomeFixture.assertAnswers(this.home.connect());
		assertThat(HomeFixture.active(worker)).isGreaterThanOrEqualTo(2);
		this.home.gate().open();
		assertThat(later.read().text()).isEqualTo("gate");
		assertThat(half.send("st: x\r\n\r\n").read().text()).isEqualTo("xxx");
		for (HttpConnection client : clients) {
			HomeFixture.assertAnswers(client);
		}
	}

	@Test
	void shouldServeWhatCannotGoHomeThoughThereIsNoPermit() throws Exception {
		assumeMvc();
		// None goes home before the worker drains
		startWorker("0", "--fdwork.worker.concurrency=1");
		HttpConnection client = this.home.connect();
		HomeFixture.assertAnswers(client);
		HttpConnection blocking = this.home.connect().get("/gate");
		await().until(() -> this.home.gate().requests() == 1);
		HomeFixture.assertAnswers(client);
		this.home.gate().open();
		assertThat(blocking.read().text()).isEqualTo("gate");
		HomeFixture.assertAnswers(this.home.connect());
	}

	@Test
	void shouldTellClientsThatConnectionEndsWhenThereIsNoDaemonToHoldIt() throws Exception {
		assumeMvc();
		ConfigurableApplicationContext worker = startWorker(LATE);
		HttpConnection client = this.home.connect().get("/gate");
		HttpConnection idle = this.home.connect();
		HomeFixture.assertAnswers(idle);
		await().until(() -> this.home.gate().requests() == 1);
		this.home.stopDaemon();
		CompletableFuture<Void> stopped = HomeFixture.stop(worker);
		this.home.gate().open();
		assertThat(client.read().text()).isEqualTo("gate");
		assertThat(client.isEnded()).isTrue();
		assertThat(idle.isEnded()).isTrue();
		stopped.get(15, TimeUnit.SECONDS);
	}

	private void assumeMvc() {
		assumeThat(this.server.isReactive()).as("has no thread for each request").isFalse();
	}

	private ConfigurableApplicationContext startWorker(String idleReturn, String... arguments) {
		List<String> all = new ArrayList<>(List.of("--server.tomcat.max-keep-alive-requests=-1"));
		all.addAll(List.of(arguments));
		return this.home.startWorker(idleReturn, all.toArray(String[]::new));
	}

	private static ConditionFactory await() {
		return HomeFixture.await();
	}

}
