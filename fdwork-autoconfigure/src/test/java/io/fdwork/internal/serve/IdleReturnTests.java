package io.fdwork.internal.serve;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import io.fdwork.Connections;
import io.fdwork.Moment;
import io.fdwork.NoDaemonObserver;
import io.fdwork.NoWorkerObserver;
import io.fdwork.OpenFiles;
import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.daemon.Network;
import io.fdwork.daemon.ProxyProtocol;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.daemon.RequestSink;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.worker.ApplicationProbes;
import io.fdwork.internal.worker.Worker;
import io.fdwork.serve.http.IdleReturnHttpCodec;
import io.fdwork.worker.ServingMode;
import io.fdwork.worker.WorkerOptions;
import io.fdwork.worker.WorkerState;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for idle connections that go home, with a daemon and workers in one JVM.
 */
@Timeout(120)
class IdleReturnTests {

	private static final int RACES = 300;

	private static final int REQUESTS_IN_TURN = 50;

	/**
	 * More than the buffers of both ends of a connection hold.
	 */
	private static final int LARGE = 32 * 1024 * 1024;

	@TempDir
	Path parent;

	private final List<TestWorker> workers = new ArrayList<>();

	private final List<Client> clients = new ArrayList<>();

	private final DaemonOptions options = new DaemonOptions();

	private final Queue<String> addresses = new ConcurrentLinkedQueue<>();

	private DaemonDirectory directory;

	private KernelQueues queues;

	private Daemon daemon;

	@BeforeEach
	void create() throws IOException {
		this.options.setReportInterval(Duration.ofMillis(50));
		this.options.getListeners()
			.add(new DaemonOptions.ListenerOptions(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128,
					"default"));
		this.directory = DaemonDirectory.open(this.parent.resolve("run"));
		this.queues = KernelQueues.create(Map.of("default", 16));
		this.daemon = new Daemon(this.directory, this.queues, this.options, new Requests(this.queues, this.addresses),
				new NoWorkerObserver());
	}

	@AfterEach
	void close() throws IOException {
		for (Client client : this.clients) {
			client.close();
		}
		this.queues.refuse();
		this.daemon.stop(Duration.ofSeconds(5));
		this.workers.forEach(TestWorker::close);
		this.queues.close();
		this.directory.close();
	}

	@Test
	void shouldHoldIdleConnectionsInDaemonAndAnswerTheirNextRequests() throws Exception {
		this.daemon.start();
		TestWorker first = new TestWorker("first", Duration.ofMillis(50));
		List<Client> clients = connect(20);
		for (Client client : clients) {
			assertThat(client.get("/")).isEqualTo("first");
		}
		await().until(() -> idle().held() == 20);
		await().until(() -> first.active() == 0);
		first.close();
		new TestWorker("second", Duration.ofMillis(50));
		for (Client client : clients) {
			assertThat(client.get("/")).isEqualTo("second");
		}
		assertThat(idle().resumed()).as("some may have gone home before their first request")
			.isGreaterThanOrEqualTo(20);
		await().until(() -> idle().held() == 20);
	}

	@Test
	void shouldKnowClientBehindBalancerWhenItsConnectionComesHome() throws Exception {
		InetSocketAddress address = this.options.getListeners().get(0).address();
		this.options.getListeners()
			.set(0, new DaemonOptions.ListenerOptions(address, 128, "default", null, DaemonOptions.AcceptedBy.DAEMON,
					null, new ProxyProtocol(ProxyProtocol.Version.V1, List.of(Network.of("127.0.0.1")),
							Duration.ofSeconds(10))));
		this.daemon.start();
		new TestWorker("first", Duration.ofMillis(50));
		for (String ip : List.of("192.0.2.1", "2001:db8:0:0:0:0:0:1")) {
			this.addresses.clear();
			Client client = connect(1).get(0);
			client.send("PROXY TCP" + ((ip.contains(":")) ? "6 " : "4 ") + ip + " " + ip + " 4660 443\r\n");
			assertThat(client.get("/")).isEqualTo("first");
			await().until(() -> idle().held() == 1);
			assertThat(client.get("/")).isEqualTo("first");
			String said = (ip.contains(":")) ? "[" + ip + "]" : ip;
			assertThat(this.addresses).hasSizeGreaterThanOrEqualTo(2)
				.containsOnly("/" + said + ":4660 /" + said + ":443");
			client.close();
			await().until(() -> idle().held() == 0);
		}
	}

	@Test
	void shouldServeClientsInTurnWhenTheyAreMoreThanConnections() throws Exception {
		this.daemon.start();
		// Nobody is idle for so long
		TestWorker worker = new TestWorker("a", Duration.ofMinutes(1), 1);
		AtomicInteger others = new AtomicInteger();
		List<Client> clients = connect(3);
		List<CompletableFuture<Void>> waiting = clients.stream().map((client) -> CompletableFuture.runAsync(() -> {
			for (int i = 0; i < REQUESTS_IN_TURN; i++) {
				assertThat(client.request("/")).isEqualTo("a");
				others.incrementAndGet();
			}
		})).toList();
		for (CompletableFuture<Void> client : waiting) {
			client.get(60, TimeUnit.SECONDS);
		}
		assertThat(others).hasValue(3 * REQUESTS_IN_TURN);
		assertThat(idle().returned()).as("how often one made room").isGreaterThan(2);
		assertThat(worker.active()).isLessThanOrEqualTo(1);
	}

	@Test
	void shouldMakeRoomWhenOthersComeWhileConnectionIsIdle() throws Exception {
		this.daemon.start();
		new TestWorker("a", Duration.ofMinutes(1), 1);
		Client first = connect(1).get(0);
		assertThat(first.get("/")).isEqualTo("a");
		assertThat(connect(1).get(0).get("/")).isEqualTo("a");
		assertThat(first.get("/")).isEqualTo("a");
		// The second makes room before the daemon counts it
		await().until(() -> idle().returned() >= 2);
	}

	@Test
	void shouldServeOthersBesideIdleConnectionsWhenThereIsOnePermit() throws Exception {
		this.daemon.start();
		TestWorker worker = new TestWorker("a", Duration.ofMinutes(1), 1, 100);
		List<Client> clients = connect(5);
		for (int i = 0; i < 3; i++) {
			for (Client client : clients) {
				assertThat(client.get("/")).isEqualTo("a");
			}
		}
		await().until(() -> worker.active() == 5 && worker.worker.snapshot().figures().load().serving() == 0);
		// A client may ask before the permit of the one answered last is free
		assertThat(idle().returned()).isLessThan(3);
	}

	@Test
	void shouldCountRequestsBeyondPermitsOfConnectionsInHand() throws Exception {
		this.daemon.start();
		TestWorker worker = new TestWorker("a", Duration.ofMinutes(1), 1, 100);
		List<Client> clients = connect(3);
		for (Client client : clients) {
			assertThat(client.get("/")).isEqualTo("a");
		}
		clients.get(0).send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
		await().until(() -> worker.slow.get() == 1);
		assertThat(worker.worker.snapshot().figures().load().serving()).isEqualTo(1);
		// What has been read is answered, though nothing new is got
		assertThat(clients.get(1).get("/")).isEqualTo("a");
		assertThat(clients.get(0).read()).isEqualTo("a");
		await().until(() -> worker.worker.snapshot().figures().load().serving() == 0);
	}

	@Test
	void shouldKeepIdleConnectionWhenNobodyWaitsForItsRoom() throws Exception {
		this.daemon.start();
		TestWorker worker = new TestWorker("a", Duration.ofMinutes(1), 1);
		Client client = connect(1).get(0);
		assertThat(client.get("/")).isEqualTo("a");
		Awaitility.await()
			.during(Duration.ofMillis(500))
			.atMost(Duration.ofSeconds(5))
			.until(() -> worker.active() == 1 && idle().returned() == 0);
	}

	@Test
	void shouldKeepEachConnectionWhenWorkerDrains() throws Exception {
		this.daemon.start();
		TestWorker first = new TestWorker("first", Duration.ZERO);
		List<Client> clients = connect(10);
		for (Client client : clients) {
			assertThat(client.get("/")).isEqualTo("first");
		}
		// One that is silent, and one that is busy
		Client silent = connect(1).get(0);
		Client busy = connect(1).get(0);
		busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
		await().until(() -> first.active() == 12 && first.slow.get() == 1);
		new TestWorker("second", Duration.ZERO);
		long start = System.nanoTime();
		first.close();
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
		assertThat(first.worker.snapshot().figures().load().active()).isZero();
		assertThat(busy.read()).isEqualTo("first");
		for (Client client : clients) {
			assertThat(client.get("/")).isEqualTo("second");
		}
		assertThat(busy.get("/")).isEqualTo("second");
		assertThat(silent.get("/")).isEqualTo("second");
		assertThat(idle().returned()).isGreaterThanOrEqualTo(12);
	}

	@Test
	void shouldGoHomeOnlyWhenClientHasReadTheWholeResponse() throws Exception {
		this.daemon.start();
		TestWorker first = new TestWorker("first", Duration.ofMillis(10));
		Client client = connect(1).get(0);
		client.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
		await().until(() -> first.large.get() == 1);
		// It may have gone home before its client sent anything
		long before = idle().returned();
		new TestWorker("second", Duration.ofMillis(10));
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(first::close);
		Awaitility.await()
			.during(Duration.ofMillis(300))
			.atMost(Duration.ofSeconds(5))
			.until(() -> first.active() == 1 && idle().returned() == before);
		assertThat(client.read()).hasSize(LARGE);
		stopped.get(20, TimeUnit.SECONDS);
		assertThat(idle().returned()).isEqualTo(before + 1);
		assertThat(client.get("/")).isEqualTo("second");
	}

	@Test
	void shouldLoseNoResponseThatIsFlushedLaterThanWritten() throws Exception {
		this.daemon.start();
		TestWorker first = new TestWorker("first", Duration.ofMillis(10));
		Client client = connect(1).get(0);
		client.send("GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
		await().until(() -> first.slow.get() == 1);
		new TestWorker("second", Duration.ofMillis(10));
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(first::close);
		assertThat(client.read()).isEqualTo("first");
		stopped.get(20, TimeUnit.SECONDS);
		assertThat(client.get("/")).isEqualTo("second");
	}

	@Test
	void shouldLoseNothingWhenClientSendsAtTheMomentOfReturn() throws Exception {
		this.daemon.start();
		Duration idleTime = Duration.ofMillis(1);
		new TestWorker("a", idleTime);
		new TestWorker("b", idleTime);
		Client client = connect(1).get(0);
		for (int i = 0; i < RACES; i++) {
			assertThat(client.get("/" + i)).isIn("a", "b");
			// From well before the return to well after it
			Moment.in(idleTime.toNanos() / 2 + i * 7_000L);
		}
		assertThat(idle().returned()).as("how often it went home").isPositive();
	}

	@Test
	void shouldLoseNothingWhenClientSendsHalfRequestAtTheMomentOfReturn() throws Exception {
		this.daemon.start();
		Duration idleTime = Duration.ofMillis(1);
		new TestWorker("a", idleTime);
		new TestWorker("b", idleTime);
		Client client = connect(1).get(0);
		String request = "GET /half HTTP/1.1\r\nHost: x\r\nX-Header: value\r\n\r\n";
		for (int i = 0; i < RACES; i++) {
			int half = 1 + i % (request.length() - 1);
			client.send(request.substring(0, half));
			Moment.in(idleTime.toNanos() / 2 + i * 7_000L);
			client.send(request.substring(half));
			assertThat(client.read()).isIn("a", "b");
			Moment.in(idleTime.toNanos());
		}
		assertThat(idle().returned()).as("how often it went home").isPositive();
	}

	@Test
	void shouldKeepConnectionThatHasSentHalfRequest() throws Exception {
		this.daemon.start();
		TestWorker worker = new TestWorker("a", Duration.ofMillis(10));
		Client client = connect(1).get(0);
		// The rest of what is pipelined is in the decoder
		client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\nGET /third HTTP/1.1\r\nHo");
		assertThat(client.read()).isEqualTo("a");
		// It may have gone home before its client sent anything
		long before = idle().returned();
		assertThat(client.read()).isEqualTo("a");
		Awaitility.await()
			.during(Duration.ofMillis(300))
			.atMost(Duration.ofSeconds(5))
			.until(() -> worker.active() == 1 && idle().returned() == before);
		client.send("st: x\r\n\r\n");
		assertThat(client.read()).isEqualTo("a");
		await().until(() -> idle().held() == 1);
	}

	@Test
	void shouldReturnAfterBodyAndHeadAndPipelinedRequests() throws Exception {
		this.daemon.start();
		new TestWorker("a", Duration.ofMillis(10));
		Client client = connect(1).get(0);
		client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"
				+ "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"
				+ "HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n");
		assertThat(client.read()).isEqualTo("a");
		assertThat(client.read()).isEqualTo("a");
		assertThat(client.readHead()).isEqualTo(1);
		assertThat(client.read()).isEqualTo("a");
		await().until(() -> idle().held() == 1);
		assertThat(client.get("/")).isEqualTo("a");
	}

	@Test
	void shouldCloseWhatIsNotKeptAlive() throws Exception {
		this.daemon.start();
		TestWorker worker = new TestWorker("a", Duration.ofMillis(10));
		Client client = connect(1).get(0);
		client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
		assertThat(client.read()).isEqualTo("a");
		// It may have gone home before its client sent anything
		long before = idle().returned();
		assertThat(client.in.read()).isEqualTo(-1);
		await().until(() -> worker.active() == 0);
		assertThat(idle().returned()).isEqualTo(before);
		assertThat(idle().held()).isZero();
	}

	@Test
	void shouldKeepConnectionWhoseBodyIsBroken() throws Exception {
		this.daemon.start();
		TestWorker worker = new TestWorker("a", Duration.ofMillis(10));
		Client client = connect(1).get(0);
		client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n");
		assertThat(client.read()).isEqualTo("a");
		long before = idle().returned();
		// Part of the broken body, which a decoder that knows nothing of it would answer
		client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
		await().during(Duration.ofMillis(300)).until(() -> idle().returned() == before && worker.active() == 1);
	}

	@Test
	void shouldKeepConnectionWhileThereIsNoDaemon() throws Exception {
		this.options.setKeepListenersOnStop(true);
		this.daemon.start();
		TestWorker worker = new TestWorker("a", Duration.ofMillis(20));
		Client client = connect(1).get(0);
		assertThat(client.get("/")).isEqualTo("a");
		await().until(() -> idle().held() == 1);
		await().until(() -> this.daemon.snapshot().workers().get(0).listeners() == 1);
		this.daemon.stop(Duration.ofSeconds(5));
		assertThat(this.daemon.hasKeptListeners()).isTrue();
		// The daemon has put it before it ended
		await().until(() -> worker.active() == 1);
		await().pollInterval(Duration.ofMillis(50))
			.during(Duration.ofMillis(200))
			.until(() -> client.get("/").equals("a"));
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(worker::close);
		assertThat(client.in.read()).as("closed, as it cannot go home").isEqualTo(-1);
		stopped.get();
	}

	@Test
	void shouldCloseOldestBeyondBound() throws Exception {
		this.options.setMaxIdleConnections(3);
		this.daemon.start();
		new TestWorker("a", Duration.ofMillis(10));
		List<Client> clients = new ArrayList<>();
		for (int i = 1; i <= 5; i++) {
			Client client = connect(1).get(0);
			clients.add(client);
			assertThat(client.get("/")).isEqualTo("a");
			int held = Math.min(i, 3);
			int evicted = i - held;
			await().until(() -> idle().held() == held && idle().evicted() == evicted);
		}
		assertThat(clients.get(0).in.read()).isEqualTo(-1);
		assertThat(clients.get(1).in.read()).isEqualTo(-1);
		assertThat(idle().evicted()).isEqualTo(2);
		assertThat(idle().held()).isEqualTo(3);
		for (Client client : clients.subList(2, 5)) {
			assertThat(client.get("/")).isEqualTo("a");
		}
	}

	@Test
	void shouldCloseAfterTimeoutAndWhenClientLeaves() throws Exception {
		this.options.setIdleTimeout(Duration.ofMillis(500));
		this.daemon.start();
		new TestWorker("a", Duration.ofMillis(10));
		Client staying = connect(1).get(0);
		Client leaving = connect(1).get(0);
		assertThat(leaving.get("/")).isEqualTo("a");
		await().until(() -> idle().held() == 2);
		leaving.close();
		await().until(() -> idle().left() == 1);
		assertThat(staying.in.read()).isEqualTo(-1);
		await().until(() -> idle().timedOut() == 1);
		assertThat(idle().held()).isZero();
	}

	@Test
	void shouldServeRequestOfClientThatHalfCloses() throws Exception {
		this.daemon.start();
		new TestWorker("a", Duration.ofMillis(10));
		Client client = connect(1).get(0);
		assertThat(client.get("/")).isEqualTo("a");
		await().until(() -> idle().held() == 1);
		long before = idle().resumed();
		client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
		client.socket.shutdownOutput();
		await().until(() -> idle().resumed() == before + 1);
	}

	@Test
	void shouldWaitWhileQueueIsFullAndLoseNothing() throws Exception {
		this.daemon.start();
		TestWorker first = new TestWorker("first", Duration.ofMillis(10));
		List<Client> clients = connect(40);
		for (Client client : clients) {
			assertThat(client.get("/")).isEqualTo("first");
		}
		await().until(() -> idle().held() == 40);
		first.close();
		for (Client client : clients) {
			client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
		}
		await().until(() -> this.queues.snapshots().get(0).full());
		new TestWorker("second", Duration.ofMillis(10));
		for (Client client : clients) {
			assertThat(client.read()).isEqualTo("second");
		}
	}

	@Test
	void shouldPutConnectionOnlyWhenClientHasSentSomething() throws Exception {
		acceptOnData(Duration.ofSeconds(30));
		this.daemon.start();
		TestWorker worker = new TestWorker("a", Duration.ofSeconds(30));
		List<Client> clients = connect(5);
		await().until(() -> listener().silent() == 5);
		assertThat(this.queues.snapshots().get(0).put()).isZero();
		assertThat(clients.get(3).get("/")).isEqualTo("a");
		assertThat(listener().silent()).isEqualTo(4);
		assertThat(worker.worker.snapshot().figures().works().got()).isEqualTo(1);
		clients.get(0).close();
		await().until(() -> listener().closedSilent() == 1);
		assertThat(listener().accepted()).isEqualTo(5);
	}

	@Test
	void shouldCloseSilentConnectionsAfterTimeoutAndBeyondBound() throws Exception {
		acceptOnData(Duration.ofMillis(500));
		this.options.setMaxIdleConnections(2);
		this.daemon.start();
		List<Client> clients = connect(3);
		assertThat(clients.get(0).in.read()).isEqualTo(-1);
		assertThat(clients.get(1).in.read()).isEqualTo(-1);
		assertThat(clients.get(2).in.read()).isEqualTo(-1);
		await().until(() -> listener().closedSilent() == 3);
		assertThat(listener().silent()).isZero();
		assertThat(this.queues.snapshots().get(0).put()).isZero();
	}

	@Test
	void shouldPauseAcceptingOnDataWhileQueueIsFullAndServeAllWhenStopped() throws Exception {
		acceptOnData(Duration.ofSeconds(30));
		this.daemon.start();
		List<Client> clients = connect(30);
		Client silent = connect(1).get(0);
		await().until(() -> listener().silent() == 31);
		for (Client client : clients) {
			client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
		}
		await().until(() -> this.queues.snapshots().get(0).full());
		new TestWorker("a", Duration.ofSeconds(30));
		await().until(() -> this.daemon.snapshot().readyWorkers() == 1);
		this.daemon.stop(Duration.ofSeconds(20));
		for (Client client : clients) {
			assertThat(client.read()).isEqualTo("a");
		}
		assertThat(silent.in.read()).isEqualTo(-1);
	}

	@Test
	void shouldPutConnectionOfClientThatSendsAtOnceWithoutHoldingIt() throws Exception {
		acceptOnData(Duration.ofSeconds(30));
		this.daemon.start();
		new TestWorker("a", Duration.ofSeconds(30));
		for (int i = 0; i < 20; i++) {
			try (Client client = new Client(this.daemon.addresses().get(0))) {
				assertThat(client.get("/")).isEqualTo("a");
			}
		}
		assertThat(listener().silent()).isZero();
		assertThat(listener().accepted()).isEqualTo(20);
	}

	@Test
	void shouldPutNoConnectionOfClientThatLeavesAtOnce() throws Exception {
		acceptOnData(Duration.ofSeconds(30));
		this.daemon.start();
		for (int i = 0; i < 20; i++) {
			new Client(this.daemon.addresses().get(0)).close();
		}
		await().until(() -> listener().closedSilent() == 20);
		assertThat(this.queues.snapshots().get(0).put()).isZero();
	}

	private void acceptOnData(Duration timeout) {
		DaemonOptions.ListenerOptions listener = this.options.getListeners().get(0);
		this.options.getListeners()
			.set(0, new DaemonOptions.ListenerOptions(listener.address(), listener.backlog(), listener.queue(),
					timeout));
	}

	private DaemonSnapshot.ListenerSnapshot listener() {
		return this.daemon.snapshot().listeners().get(0);
	}

	@Test
	void shouldLeakNoDescriptor() throws Exception {
		this.daemon.start();
		new TestWorker("a", Duration.ofMillis(10));
		OpenFiles.assertNoneLeaked(10, () -> {
			try (Client client = new Client(this.daemon.addresses().get(0))) {
				long before = idle().returned();
				assertThat(client.get("/")).isEqualTo("a");
				await().until(() -> idle().returned() > before);
				assertThat(client.get("/")).isEqualTo("a");
			}
			await().until(() -> idle().held() == 0);
		});
	}

	private List<Client> connect(int count) throws IOException {
		List<Client> connected = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			connected.add(new Client(this.daemon.addresses().get(0)));
		}
		this.clients.addAll(connected);
		return connected;
	}

	private DaemonSnapshot.IdleSnapshot idle() {
		return this.daemon.snapshot().idle().get(0);
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(10));
	}

	/**
	 * A worker that answers with its name.
	 */
	private final class TestWorker extends NoDaemonObserver implements AutoCloseable {

		private final AtomicInteger slow = new AtomicInteger();

		private final AtomicInteger large = new AtomicInteger();

		private final Worker worker;

		private final NettyServer server;

		private final String name;

		TestWorker(String name, Duration idleTime) {
			this(name, idleTime, 100);
		}

		TestWorker(String name, Duration idleTime, int maxConnections) {
			this(name, idleTime, maxConnections, maxConnections);
		}

		TestWorker(String name, Duration idleTime, int concurrency, int maxConnections) {
			this.name = name;
			WorkerOptions options = new WorkerOptions(IdleReturnTests.this.parent.resolve("run"), concurrency);
			options.setMaxConnections(maxConnections);
			options.setName(name);
			options.getQueues().add("default");
			List<NettyServer> server = new ArrayList<>();
			this.worker = new Worker(options, ApplicationProbes.NONE, ServingMode.EVENT_LOOPS, List::of,
					(work) -> server.get(0).accept(work), this);
			this.server = new NettyServer(new ChannelInitializer<Channel>() {

				@Override
				protected void initChannel(Channel channel) {
					channel.pipeline().addLast(new IdleReturnHttpCodec(), new HttpObjectAggregator(1000), new Answer());
				}

			}, 1, this.worker.idleReturn(), idleTime);
			server.add(this.server);
			IdleReturnTests.this.workers.add(this);
			this.worker.start();
			await().until(() -> this.worker.snapshot().state() == WorkerState.READY);
		}

		int active() {
			return this.worker.snapshot().figures().load().active();
		}

		@Override
		public void draining() {
			this.server.drain();
		}

		@Override
		public void close() {
			this.worker.stop(Duration.ofSeconds(20));
			this.server.close();
		}

		private final class Answer extends SimpleChannelInboundHandler<FullHttpRequest> {

			@Override
			protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
				FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK,
						(request.uri().equals("/large")) ? Unpooled.buffer(LARGE).writeZero(LARGE)
								: Unpooled.copiedBuffer(TestWorker.this.name, StandardCharsets.US_ASCII));
				response.headers().set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
				boolean keepAlive = HttpUtil.isKeepAlive(request);
				Runnable answer = () -> context.writeAndFlush(response).addListener((written) -> {
					if (!keepAlive) {
						context.close();
					}
				});
				if (request.uri().equals("/late")) {
					context.write(response);
					context.executor().schedule(context::flush, 300, TimeUnit.MILLISECONDS);
					TestWorker.this.slow.incrementAndGet();
				}
				else if (request.uri().equals("/slow")) {
					TestWorker.this.slow.incrementAndGet();
					context.executor().schedule(answer, 300, TimeUnit.MILLISECONDS);
				}
				else {
					answer.run();
					TestWorker.this.large.addAndGet((request.uri().equals("/large")) ? 1 : 0);
				}
			}

			@Override
			public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
				context.close();
			}

		}

	}

	/**
	 * A client that keeps its connection alive.
	 */
	private static final class Client implements AutoCloseable {

		private final Socket socket;

		private final InputStream in;

		Client(InetSocketAddress address) throws IOException {
			this.socket = Connections.connectTo(address);
			this.socket.setTcpNoDelay(true);
			this.in = new BufferedInputStream(this.socket.getInputStream());
		}

		String request(String path) {
			try {
				return get(path);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		String get(String path) throws IOException {
			send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
			return read();
		}

		void send(String bytes) throws IOException {
			this.socket.getOutputStream().write(bytes.getBytes(StandardCharsets.US_ASCII));
		}

		String read() throws IOException {
			return new String(this.in.readNBytes(readHead()), StandardCharsets.US_ASCII);
		}

		int readHead() throws IOException {
			ByteArrayOutputStream head = new ByteArrayOutputStream();
			while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
				int read = this.in.read();
				if (read < 0) {
					throw new IOException("The connection ended after '" + head + "'");
				}
				head.write(read);
			}
			String[] lines = head.toString(StandardCharsets.US_ASCII).split("\r\n");
			assertThat(lines[0]).isEqualTo("HTTP/1.1 200 OK");
			return Arrays.stream(lines)
				.filter((line) -> line.toLowerCase().startsWith("content-length:"))
				.mapToInt((line) -> Integer.parseInt(line.substring(line.indexOf(':') + 1).strip()))
				.findFirst()
				.orElseThrow();
		}

		@Override
		public void close() throws IOException {
			this.socket.close();
		}

	}

	private record Requests(KernelQueues queues, Queue<String> clients) implements RequestSink {

		@Override
		public boolean awaitRoom(String queue, BooleanSupplier goOn) {
			return this.queues.awaitRoom(queue, goOn);
		}

		@Override
		public void accept(WorkRequest request) {
			this.clients.add(request.remoteAddress() + " " + request.localAddress());
			this.queues.put(request);
		}

		@Override
		public long dropped() {
			return 0;
		}

	}

}
