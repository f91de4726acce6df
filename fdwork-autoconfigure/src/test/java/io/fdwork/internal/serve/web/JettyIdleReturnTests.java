package io.fdwork.internal.serve.web;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import io.fdwork.Moment;
import io.fdwork.OpenFiles;
import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.daemon.RequestSink;
import io.fdwork.internal.daemon.WorkerObserver;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.worker.Worker;
import io.fdwork.worker.WorkerState;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the idle connections of MVC on Jetty, which go home, and for the permits of
 * those which wait.
 */
@Timeout(180)
class JettyIdleReturnTests {

	private static final int RACES = 300;

	@TempDir
	private Path temp;

	private final List<ConfigurableApplicationContext> contexts = new ArrayList<>();

	private final List<HttpConnection> clients = new ArrayList<>();

	private final Held held = new Held();

	private DaemonDirectory directory;

	private KernelQueues queues;

	private Daemon daemon;

	@BeforeEach
	void startDaemon() throws IOException {
		DaemonOptions options = new DaemonOptions();
		options.setReportInterval(Duration.ofMillis(50));
		options.setKeepListenersOnStop(true);
		options.getListeners()
			.add(new DaemonOptions.ListenerOptions(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128,
					"default"));
		this.directory = DaemonDirectory.open(this.temp.resolve("d"));
		this.queues = KernelQueues.create(Map.of("default", 256));
		this.daemon = new Daemon(this.directory, this.queues, options, new Requests(this.queues), new NoObserver());
		this.daemon.start();
	}

	@AfterEach
	void close() throws IOException {
		for (HttpConnection client : this.clients) {
			client.close();
		}
		this.contexts.forEach(ConfigurableApplicationContext::close);
		stopDaemon();
	}

	private void stopDaemon() {
		this.daemon.stop(Duration.ofSeconds(5));
		this.queues.close();
		this.directory.close();
	}

	@Test
	void shouldHoldIdleConnectionsInDaemonAndAnswerTheirNextRequests() throws Exception {
		ConfigurableApplicationContext first = startWorker("50ms");
		List<HttpConnection> clients = connect(20);
		for (HttpConnection client : clients) {
			assertAnswers(client);
		}
		// One that has sent nothing yet
		HttpConnection silent = connect();
		await().until(() -> idle().held() == 21);
		await().until(() -> active(first) == 0);
		first.close();
		startWorker("50ms");
		for (HttpConnection client : clients) {
			assertAnswers(client);
		}
		assertAnswers(silent);
		assertThat(idle().resumed()).isGreaterThanOrEqualTo(21);
		await().until(() -> idle().held() == 21);
	}

	@Test
	void shouldCloseNoConnectionWhenWorkerDrains() throws Exception {
		ConfigurableApplicationContext first = startWorker("0");
		List<HttpConnection> clients = connect(10);
		for (HttpConnection client : clients) {
			assertAnswers(client);
		}
		HttpConnection silent = connect();
		HttpConnection busy = connect();
		busy.get("/held");
		// The first is in hand, the others are behind it
		HttpConnection pipelining = connect();
		pipelining.get("/held").get("/text?size=2").get("/text?size=3");
		HttpConnection half = connect();
		String request = HttpConnection.head("GET", "/text?size=4");
		half.send(request.substring(0, 20));
		await().until(() -> active(first) == 14 && this.held.requests() == 2);
		startWorker("0");
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(first::close);
		for (HttpConnection client : clients) {
			assertAnswers(client);
		}
		await().until(() -> active(first) == 3);
		this.held.answer();
		half.send(request.substring(20));
		assertThat(half.read().text()).isEqualTo("xxxx");
		HttpConnection.Response last = busy.read();
		assertThat(last.text()).isEqualTo("held");
		assertThat(last.headers()).doesNotContainKey("Connection");
		assertThat(pipelining.read().text()).isEqualTo("held");
		assertThat(pipelining.read().text()).isEqualTo("xx");
		assertThat(pipelining.read().text()).isEqualTo("xxx");
		stopped.get(15, TimeUnit.SECONDS);
		assertThat(idle().returned()).isGreaterThanOrEqualTo(14);
		for (HttpConnection client : List.of(silent, busy, pipelining, half)) {
			assertAnswers(client);
		}
	}

	@Test
	void shouldLoseNothingWhenClientSendsAtTheMomentOfReturn() throws Exception {
		startWorker("1ms");
		startWorker("1ms");
		HttpConnection client = connect();
		for (int i = 0; i < RACES; i++) {
			assertAnswers(client);
			// From well before the return to well after it
			Moment.in(500_000 + i * 7_000L);
		}
		assertThat(idle().returned()).as("how often it went home").isPositive();
	}

	@Test
	void shouldLoseNothingWhenClientSendsHalfRequestAtTheMomentOfReturn() throws Exception {
		startWorker("1ms");
		startWorker("1ms");
		HttpConnection client = connect();
		String request = HttpConnection.head("GET", "/text?size=5", "X-Header: value");
		for (int i = 0; i < RACES; i++) {
			int half = 1 + i % (request.length() - 1);
			client.send(request.substring(0, half));
			Moment.in(500_000 + i * 7_000L);
			client.send(request.substring(half));
			assertThat(client.read().text()).isEqualTo("xxxxx");
			Moment.in(1_000_000);
		}
		assertThat(idle().returned()).as("how often it went home").isPositive();
	}

	@Test
	void shouldKeepConnectionThatHasSentHalfRequest() throws Exception {
		ConfigurableApplicationContext worker = startWorker("20ms");
		HttpConnection client = connect();
		// The rest of what is pipelined is in the decoder, the first line has left it
		client.send(HttpConnection.head("GET", "/text?size=1") + "GET /text?size=3 HTTP/1.1\r\nHost: te");
		assertThat(client.read().text()).isEqualTo("x");
		assertStays(worker);
		client.send("st\r\n\r\n");
		assertThat(client.read().text()).isEqualTo("xxx");
		await().until(() -> idle().held() == 1);
	}

	@Test
	void shouldReturnAfterBodiesAndHeadAndPipelinedRequests() throws Exception {
		ConfigurableApplicationContext worker = startWorker("20ms");
		HttpConnection client = connect();
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
		await().until(() -> idle().held() == 1);
		client.send(HttpConnection.head("POST", "/sum", "Content-Type: application/octet-stream", "Content-Length: 4",
				"Expect: 100-continue"));
		assertThat(client.readHead().status()).isEqualTo(100);
		assertStays(worker);
		assertThat(client.send("body").read().status()).isEqualTo(200);
		await().until(() -> idle().held() == 1);
	}

	@Test
	void shouldKeepConnectionThatHasSentHalfAnEmptyLine() throws Exception {
		ConfigurableApplicationContext worker = startWorker("20ms");
		HttpConnection client = connect();
		assertAnswers(client);
		client.send("\r");
		await().until(() -> active(worker) == 1);
		assertStays(worker);
		client.send("\n" + HttpConnection.head("GET", "/text?size=3"));
		assertThat(client.read().text()).isEqualTo("xxx");
		await().until(() -> idle().held() == 1);
	}

	@Test
	void shouldKeepConnectionThatApplicationHasAttachedSomethingTo() throws Exception {
		ConfigurableApplicationContext worker = startWorker("20ms");
		HttpConnection client = connect();
		assertThat(client.get("/attached").read().text()).isEqualTo("attached");
		assertStays(worker);
		client.get("/held");
		await().until(() -> this.held.requests() == 1);
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(worker::close);
		await().until(() -> worker.getBean(Worker.class).snapshot().state() == WorkerState.DRAINING);
		this.held.answer();
		assertThat(client.read().headers()).containsEntry("connection", "close");
		assertThat(client.isEnded()).isTrue();
		stopped.get(15, TimeUnit.SECONDS);
		assertThat(idle().returned()).isZero();
	}

	@Test
	void shouldAnswerManyClientsWithOnePermit() throws Exception {
		ConfigurableApplicationContext worker = startWorker("10s", "--fdwork.worker.concurrency=1");
		List<HttpConnection> clients = connect(10);
		HttpConnection silent = connect();
		for (int i = 0; i < 20; i++) {
			for (HttpConnection client : clients) {
				assertAnswers(client);
			}
		}
		assertAnswers(silent);
		// Some may go home unread, as a client is faster than what frees the permit
		await().until(() -> active(worker) + idle().held() == 11);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/held", "/blocked" })
	void shouldLetOtherWorkerAnswerWhatComesWhileThisHasNoPermit(String path) throws Exception {
		// A client is faster than what frees the permit of its last request
		ConfigurableApplicationContext first = startWorker("10s", "--fdwork.worker.concurrency=2");
		List<HttpConnection> busy = connect(2);
		List<HttpConnection> clients = connect(5);
		for (HttpConnection client : List.of(busy.get(0), busy.get(1), clients.get(0), clients.get(1), clients.get(2),
				clients.get(3), clients.get(4))) {
			assertAnswers(client);
		}
		assertThat(active(first)).isEqualTo(7);
		ConfigurableApplicationContext second = startWorker("10s");
		busy.get(0).get(path);
		busy.get(1).get(path);
		await().until(() -> this.held.requests() == 2);
		for (HttpConnection client : clients) {
			assertAnswers(client);
		}
		await().untilAsserted(() -> assertThat(active(first)).isEqualTo(2));
		assertThat(active(second)).isEqualTo(5);
		assertThat(idle().returned()).isEqualTo(5);
		this.held.answer();
		assertThat(busy.get(0).read().text()).isEqualTo("held");
		assertThat(busy.get(1).read().text()).isEqualTo("held");
	}

	@Test
	void shouldAnswerWhatCannotGoHomeWithoutPermit() throws Exception {
		ConfigurableApplicationContext worker = startWorker("0", "--fdwork.worker.concurrency=1");
		HttpConnection client = connect();
		assertAnswers(client);
		HttpConnection busy = connect();
		busy.get("/held");
		await().until(() -> this.held.requests() == 1);
		assertAnswers(client);
		// None is got as long as there is none
		HttpConnection waiting = connect();
		waiting.get("/text?size=3");
		await().during(Duration.ofMillis(200)).until(() -> active(worker) == 2);
		this.held.answer();
		assertThat(busy.read().text()).isEqualTo("held");
		assertThat(waiting.read().text()).isEqualTo("xxx");
	}

	@Test
	void shouldCloseWhatIsNotKeptAlive() throws Exception {
		ConfigurableApplicationContext worker = startWorker("20ms");
		HttpConnection client = connect();
		assertThat(client.get("/text?size=1", "Connection: close").read().text()).isEqualTo("x");
		assertThat(client.isEnded()).isTrue();
		HttpConnection wrong = connect();
		wrong.send("GET /\u0001 WRONG\r\n\r\n");
		assertThat(wrong.read().status()).isEqualTo(400);
		assertThat(wrong.isEnded()).isTrue();
		client.close();
		wrong.close();
		await().until(() -> active(worker) == 0);
		assertThat(idle().held()).isZero();
	}

	@Test
	void shouldKeepWebSocket() throws Exception {
		ConfigurableApplicationContext worker = startWorker("20ms");
		CompletableFuture<String> received = new CompletableFuture<>();
		WebSocket socket = HttpClient.newHttpClient()
			.newWebSocketBuilder()
			.buildAsync(URI.create("ws://127.0.0.1:" + port() + "/ws"), new WebSocket.Listener() {

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
		await().until(() -> active(worker) == 0);
	}

	@Test
	void shouldCloseIdleConnectionAtHomeWhenItsServerWould() throws Exception {
		startWorker("20ms", "--server.jetty.connection-idle-timeout=1s");
		HttpConnection client = connect();
		long start = System.nanoTime();
		assertAnswers(client);
		await().until(() -> idle().held() == 1);
		assertThat(client.isEnded()).isTrue();
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
		await().until(() -> idle().timedOut() == 1);
	}

	@Test
	void shouldCloseIdleConnectionWhenItsTimeIsOverAndDaemonHasGone() throws Exception {
		ConfigurableApplicationContext worker = startWorker("20ms", "--server.jetty.connection-idle-timeout=2s");
		HttpConnection client = connect();
		assertAnswers(client);
		long answered = System.nanoTime();
		await().until(() -> idle().held() == 1);
		await().during(Duration.ofSeconds(1)).until(() -> idle().held() == 1);
		stopDaemon();
		await().until(() -> active(worker) == 1);
		assertThat(client.isEnded()).isTrue();
		assertThat(Duration.ofNanos(System.nanoTime() - answered)).as("not two seconds in this worker alone")
			.isBetween(Duration.ofMillis(1900), Duration.ofMillis(2800));
	}

	@Test
	void shouldKeepConnectionWhileThereIsNoDaemon() throws Exception {
		ConfigurableApplicationContext worker = startWorker("20ms");
		HttpConnection idle = connect();
		HttpConnection client = connect();
		assertAnswers(idle);
		assertAnswers(client);
		await().until(() -> idle().held() == 2);
		stopDaemon();
		// The daemon has put them before it ended
		await().until(() -> active(worker) == 2);
		await().pollInterval(Duration.ofMillis(50)).during(Duration.ofMillis(200)).until(() -> {
			assertAnswers(client);
			return true;
		});
		client.get("/held");
		await().until(() -> this.held.requests() == 1);
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(worker::close);
		await().until(() -> worker.getBean(Worker.class).snapshot().state() == WorkerState.DRAINING);
		this.held.answer();
		HttpConnection.Response last = client.read();
		assertThat(last.text()).isEqualTo("held");
		assertThat(last.headers()).containsEntry("connection", "close");
		assertThat(client.isEnded()).isTrue();
		assertThat(idle.isEnded()).as("closed, as it cannot go home").isTrue();
		stopped.get(15, TimeUnit.SECONDS);
	}

	@Test
	void shouldLeaveNoFileOpen() {
		startWorker("10ms");
		OpenFiles.assertNoneLeaked(10, () -> {
			try (HttpConnection client = new HttpConnection(port())) {
				long before = idle().returned();
				assertAnswers(client);
				await().until(() -> idle().returned() > before);
				assertAnswers(client);
			}
			await().until(() -> idle().held() == 0);
		});
	}

	private void assertStays(ConfigurableApplicationContext worker) {
		long before = idle().returned();
		Awaitility.await().during(Duration.ofMillis(300)).atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
			assertThat(active(worker)).isEqualTo(1);
			assertThat(idle().returned()).isEqualTo(before);
		});
	}

	private static void assertAnswers(HttpConnection client) throws IOException {
		assertThat(client.get("/text?size=3").read().text()).isEqualTo("xxx");
	}

	private ConfigurableApplicationContext startWorker(String idleReturn, String... arguments) {
		List<String> all = new ArrayList<>(Arrays.asList(arguments));
		all.addAll(List.of("--fdwork.role=worker", "--fdwork.worker.return-idle-after=" + idleReturn));
		long ready = this.daemon.snapshot().readyWorkers();
		ConfigurableApplicationContext worker = start(all.toArray(String[]::new));
		await().until(() -> this.daemon.snapshot().readyWorkers() == ready + 1);
		return worker;
	}

	private ConfigurableApplicationContext start(String... arguments) {
		ConfigurableApplicationContext context = new SpringApplicationBuilder(MvcApplication.class)
			.web(WebApplicationType.SERVLET)
			.bannerMode(Banner.Mode.OFF)
			.logStartupInfo(false)
			.registerShutdownHook(false)
			.properties("spring.autoconfigure.exclude=" + WebServerType.JETTY.exclude(),
					"spring.lifecycle.timeout-per-shutdown-phase=20s", "management.server.port=-1",
					"fdwork.directory=" + this.temp.resolve("d"))
			.initializers((created) -> ((GenericApplicationContext) created).registerBean(Held.class, () -> this.held))
			.run(arguments);
		this.contexts.add(context);
		return context;
	}

	private List<HttpConnection> connect(int count) throws IOException {
		List<HttpConnection> connected = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			connected.add(connect());
		}
		return connected;
	}

	private HttpConnection connect() throws IOException {
		HttpConnection client = new HttpConnection(port());
		this.clients.add(client);
		return client;
	}

	private int port() {
		return this.daemon.addresses().get(0).getPort();
	}

	private DaemonSnapshot.IdleSnapshot idle() {
		return this.daemon.snapshot().idle().get(0);
	}

	private static int active(ConfigurableApplicationContext worker) {
		return worker.getBean(Worker.class).snapshot().figures().active();
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(10));
	}

	/**
	 * Answers when the test wants it.
	 */
	@RestController
	static class Held {

		private final AtomicInteger requests = new AtomicInteger();

		private final CompletableFuture<String> answer = new CompletableFuture<>();

		@GetMapping("/held")
		CompletableFuture<String> held() {
			this.requests.incrementAndGet();
			return this.answer.copy();
		}

		@GetMapping("/blocked")
		String blocked() {
			this.requests.incrementAndGet();
			return this.answer.join();
		}

		@GetMapping("/attached")
		String attached() {
			org.eclipse.jetty.server.internal.HttpConnection.getCurrentConnection().setAttribute("test", "value");
			return "attached";
		}

		int requests() {
			return this.requests.get();
		}

		void answer() {
			this.answer.complete("held");
		}

	}

	private record Requests(KernelQueues queues) implements RequestSink {

		@Override
		public boolean awaitRoom(String queue, BooleanSupplier goOn) {
			return this.queues.awaitRoom(queue, goOn);
		}

		@Override
		public void accept(WorkRequest request) {
			this.queues.put(request);
		}

		@Override
		public long dropped() {
			return 0;
		}

	}

	private static final class NoObserver implements WorkerObserver {

		@Override
		public void joined(DaemonSnapshot.WorkerSnapshot worker) {
		}

		@Override
		public void left(DaemonSnapshot.WorkerSnapshot worker, String reason) {
		}

	}

}
