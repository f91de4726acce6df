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
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.server.HttpServer;

import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the idle connections of WebFlux on Reactor Netty, which go home.
 */
@Timeout(180)
class ReactorNettyIdleReturnTests {

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
		// A body that nobody reads
		client
			.send(HttpConnection.head("POST", "/none", "Content-Type: application/octet-stream", "Content-Length: 4"));
		assertThat(client.read().status()).isEqualTo(404);
		assertStays(worker);
		client.send("body");
		await().until(() -> idle().held() == 1);
		client.send(HttpConnection.head("POST", "/sum", "Content-Type: application/octet-stream", "Content-Length: 4",
				"Expect: 100-continue"));
		assertThat(client.readHead().status()).isEqualTo(100);
		assertStays(worker);
		assertThat(client.send("body").read().status()).isEqualTo(200);
		await().until(() -> idle().held() == 1);
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
	void shouldSayGoodbyeToWebSocketThatBreaksTheProtocol() throws Exception {
		startWorker("20ms");
		HttpConnection client = connect();
		client.get("/ws", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
				"Sec-WebSocket-Version: 13");
		assertThat(client.readHead().status()).isEqualTo(101);
		// Not masked
		client.send(new byte[] { (byte) 0x81, 5, 'h', 'e', 'l', 'l', 'o' });
		byte[] goodbye = client.readAll();
		assertThat(goodbye).startsWith(0x88, goodbye.length - 2, 0x03, 0xea);
	}

	@Test
	void shouldCountRequestsOfConnectionInAllWorkers() throws Exception {
		String limit = "--server.netty.max-keep-alive-requests=4";
		ConfigurableApplicationContext first = startWorker("20ms", limit);
		HttpConnection client = connect();
		assertAnswers(client);
		assertAnswers(client);
		await().until(() -> idle().held() == 1);
		first.close();
		startWorker("20ms", limit);
		HttpConnection.Response third = client.get("/text?size=3").read();
		assertThat(third.headers()).doesNotContainKey("Connection");
		long before = idle().returned();
		await().until(() -> idle().returned() > before || idle().held() == 1);
		HttpConnection.Response last = client.get("/text?size=3").read();
		assertThat(last.text()).isEqualTo("xxx");
		assertThat(last.headers()).containsEntry("connection", "close");
		assertThat(client.isEnded()).isTrue();
	}

	@Test
	void shouldCountRequestsOfConnectionThatCouldNotGoHome() throws Exception {
		startWorker("0", "--server.netty.max-keep-alive-requests=2");
		HttpConnection client = connect();
		assertAnswers(client);
		assertThat(client.get("/text?size=3").read().headers()).containsEntry("connection", "close");
		assertThat(client.isEnded()).isTrue();
	}

	@Test
	void shouldCloseIdleConnectionAtHomeWhenItsServerWould() throws Exception {
		startWorker("20ms", "--server.netty.idle-timeout=1s");
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
		ConfigurableApplicationContext worker = startWorker("20ms", "--server.netty.idle-timeout=4s");
		HttpConnection client = connect();
		assertAnswers(client);
		long answered = System.nanoTime();
		await().until(() -> idle().held() == 1);
		await().during(Duration.ofSeconds(2)).until(() -> idle().held() == 1);
		stopDaemon();
		await().until(() -> active(worker) == 1);
		long back = System.nanoTime();
		assertThat(client.isEnded()).isTrue();
		long ended = System.nanoTime();
		assertThat(Duration.ofNanos(ended - answered)).isGreaterThanOrEqualTo(Duration.ofMillis(3900));
		assertThat(Duration.ofNanos(ended - back)).as("not its whole time once more")
			.isLessThan(Duration.ofMillis(3800));
	}

	@Test
	void shouldSetOptionsOfSocketsThatStayOnTheWayHome() throws Exception {
		ConfigurableApplicationContext worker = startWorker("20ms", "--test.keep-idle=10");
		HttpConnection client = connect();
		assertThat(client.get("/options").read().text()).isEqualTo("true 10");
		await().until(() -> idle().held() == 1);
		worker.close();
		startWorker("20ms");
		assertThat(client.get("/options").read().text()).isEqualTo("true 10");
		assertThat(connect().get("/options").read().text()).startsWith("false");
	}

	@ParameterizedTest
	@ValueSource(strings = { "--server.http2.enabled=true", "--test.wiretap=true" })
	void shouldKeepConnectionWhenSomethingComesBeforeCodec(String argument) throws Exception {
		ConfigurableApplicationContext worker = startWorker("20ms", argument);
		HttpConnection client = connect();
		assertAnswers(client);
		assertStays(worker);
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(worker::close);
		assertThat(client.isEnded()).isTrue();
		stopped.get(15, TimeUnit.SECONDS);
		assertThat(idle().returned()).isZero();
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
	void shouldHaveLimitsOfApplication() throws Exception {
		startWorker("20ms", "--server.max-http-request-header-size=500B",
				"--server.netty.max-initial-line-length=100B");
		HttpConnection client = connect();
		assertThat(client.get("/text?size=1", "X-Long: " + "x".repeat(400)).read().status()).isEqualTo(200);
		assertThat(client.get("/text?size=1", "X-Long: " + "x".repeat(500)).read().status()).isIn(413, 431);
		assertThat(connect().get("/text?size=1&x=" + "x".repeat(100)).read().status()).isEqualTo(414);
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
		Awaitility.await()
			.during(Duration.ofMillis(300))
			.atMost(Duration.ofSeconds(10))
			.until(() -> active(worker) == 1 && idle().returned() == before);
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
		ConfigurableApplicationContext context = new SpringApplicationBuilder(FluxApplication.class, Customizing.class)
			.web(WebApplicationType.REACTIVE)
			.bannerMode(Banner.Mode.OFF)
			.logStartupInfo(false)
			.registerShutdownHook(false)
			.properties("spring.autoconfigure.exclude=" + WebServerType.REACTOR_NETTY.exclude(),
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
		Mono<String> held() {
			this.requests.incrementAndGet();
			return Mono.fromFuture(this.answer, true);
		}

		@GetMapping("/options")
		String options(ServerHttpRequest request) {
			ChannelOperations<?, ?> operations = ServerHttpRequestDecorator.getNativeRequest(request);
			ChannelConfig options = operations.channel().config();
			return options.getOption(ChannelOption.SO_KEEPALIVE) + " "
					+ options.getOption(EpollChannelOption.TCP_KEEPIDLE);
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

	/**
	 * Sets what Boot has no property for.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Customizing {

		/**
		 * Several applications are in this JVM, and one that ends would take the event
		 * loops of all with it.
		 */
		@Bean
		ReactorResourceFactory resources() {
			ReactorResourceFactory factory = new ReactorResourceFactory();
			factory.setUseGlobalResources(false);
			factory.setShutdownQuietPeriod(Duration.ZERO);
			return factory;
		}

		@Bean
		NettyServerCustomizer customizer(Environment environment) {
			return (server) -> {
				HttpServer wiretapping = server.wiretap(environment.getProperty("test.wiretap", Boolean.class, false));
				Integer keepIdle = environment.getProperty("test.keep-idle", Integer.class);
				return (keepIdle != null) ? wiretapping.childOption(ChannelOption.SO_KEEPALIVE, true)
					.childOption(EpollChannelOption.TCP_KEEPIDLE, keepIdle) : wiretapping;
			};
		}

	}

}
