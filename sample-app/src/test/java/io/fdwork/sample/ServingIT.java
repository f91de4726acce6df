package io.fdwork.sample;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.Client.Fate;
import io.fdwork.sample.fixture.Client.Load;
import io.fdwork.sample.fixture.Client.Response;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The ways to serve besides the Netty pipeline of the sample, in workers of one daemon
 * that have it to themselves one after the other.
 */
@Timeout(600)
class ServingIT {

	private static final int MAX_ROUNDS = 10;

	private static final String OPENED = "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED";

	private static final String EVENT_LOOPS = "-Dreactor.netty.ioWorkerCount=4";

	private static final int REQUESTS = 100;

	/**
	 * A machine that others use too takes its time, but not that of the handler.
	 */
	private static final Duration OWN_TIME = Duration.ofSeconds(10);

	private static final String BLOCK = "/sleep?millis=60000";

	private static ForkedFleet fleet;

	private final List<ForkedJvm> workers = new ArrayList<>();

	@BeforeAll
	static void startDaemon() throws Exception {
		fleet = new ForkedFleet();
		fleet.launchDaemon();
	}

	@AfterAll
	static void stopDaemon() throws Exception {
		fleet.close();
	}

	@AfterEach
	void leaveDaemonToOthers() {
		this.workers.forEach(ForkedJvm::kill);
		Await.until(() -> fleet.state().path("workers").isEmpty());
	}

	/**
	 * Wait until a worker is ready besides those of this test that are already.
	 */
	private ForkedJvm await(ForkedJvm worker) {
		this.workers.add(worker);
		fleet.awaitReady(this.workers.toArray(ForkedJvm[]::new));
		return worker;
	}

	@Test
	void shouldServeOnGettingThreadsWhenHandlerBlocks() throws Exception {
		ForkedJvm worker = await(fleet.startWorker(HandlerApplication.class, "--fdwork.worker.concurrency=8"));
		assertServes(worker, "fdwork-get-default-", "AFGenericSocketChannel");
		assertThat(worker.log()).containsOnlyOnce("--add-opens java.base/sun.nio.ch=ALL-UNNAMED");
	}

	@Test
	void shouldServeWithJdkChannelsWhenJdkIsOpened() throws Exception {
		ForkedJvm worker = await(fleet.startWorkerWith(OPENED, HandlerApplication.class));
		assertServes(worker, "fdwork-get-default-", "SocketChannelImpl");
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void shouldServeOnVirtualThreadsWhenTheyAreEnabled() throws Exception {
		ForkedJvm worker = await(
				fleet.startWorkerWith(OPENED, HandlerApplication.class, "--spring.threads.virtual.enabled=true"));
		assertThat(shown().path("concurrency").asInt()).isEqualTo(1024);
		assertServes(worker, "fdwork-work-", "SocketChannelImpl");
	}

	private static void assertServes(ForkedJvm worker, String thread, String channel) throws Exception {
		try (Connection connection = Client.connect(fleet.port())) {
			connection.send("GET", "/", "", true);
			assertThat(connection.read().text()).startsWith(worker.pid() + " " + thread)
				.endsWith(" " + channel + " /127.0.0.1:" + connection.localPort() + " /127.0.0.1:" + fleet.port());
			assertThat(connection.readByte()).isEqualTo(-1);
		}
		try (Connection connection = Client.connect(fleet.port())) {
			connection.send("GET", "/fail", "", true);
			assertThat(connection.readByte()).isEqualTo(-1);
		}
		Await.until(() -> String.valueOf(fleet.management("/actuator/prometheus"))
			.contains("fdwork_worker_service_seconds_count{outcome=\"failed\",pid=\"" + worker.pid() + "\""));
		// A JDK opens descriptors of its own as it needs them, one after the
		// other: those that it waits with for the sockets of virtual
		// threads. Of connections each round would leave some
		int more = serveMany(worker);
		for (int round = 1; more > 0 && round < MAX_ROUNDS; round++) {
			more = serveMany(worker);
		}
		assertThat(more).isLessThanOrEqualTo(0);
	}

	/**
	 * Return how many descriptors more the worker has when many were served.
	 */
	private static int serveMany(ForkedJvm worker) throws Exception {
		int before = worker.descriptors();
		Load load = new Load(fleet.port(), "/", 8);
		try (load) {
			load.awaitServed(1_000);
		}
		assertThat(load.count(Fate.LOST)).isZero();
		Await.until(() -> shown().path("active").asInt() == 0);
		return worker.descriptors() - before;
	}

	private static JsonNode shown() {
		return fleet.state().at("/workers/0");
	}

	@Test
	void shouldServeWhenWorkerIsAnIntegrationFlow() throws Exception {
		ForkedJvm worker = await(fleet.startWorker(FlowApplication.class));
		try (Connection connection = Client.connect(fleet.port())) {
			connection.send("GET", "/", "", true);
			assertThat(connection.read().text()).isEqualTo(worker.pid() + " /127.0.0.1:" + connection.localPort());
			assertThat(connection.readByte()).isEqualTo(-1);
		}
	}

	@Test
	void shouldAnswerSmallRoutesOnKeptConnectionWithoutWebServer() throws Exception {
		fleet.serving("blocking");
		ForkedJvm worker = await(fleet.startWorker("--fdwork.worker.concurrency=8"));
		String pid = worker.pid() + "\n";
		try (Connection connection = Client.connect(fleet.port())) {
			assertThat(ask(connection, "/").text()).isEqualTo("Hello from worker " + pid);
			assertThat(ask(connection, "/pid").text()).isEqualTo(pid);
			long start = System.nanoTime();
			assertThat(ask(connection, "/work?millis=100").text()).isEqualTo(pid);
			assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(100_000_000);
			assertThat(ask(connection, "/work?millis=x").status()).isEqualTo(400);
			assertThat(ask(connection, "/bytes/1").status()).isEqualTo(404);
			connection.send("GET", "/", "", false);
			connection.send("GET", "/pid", "", true);
			assertThat(connection.read().text()).startsWith("Hello");
			assertThat(connection.read().text()).isEqualTo(pid);
			assertThat(connection.readByte()).isEqualTo(-1);
		}
		Await.until(() -> shown().path("active").asInt() == 0);
		assertThat(worker.log()).contains("The web server binds no port").doesNotContain("Netty started");
	}

	private static Response ask(Connection connection, String path) throws Exception {
		connection.send("GET", path, "", false);
		return connection.read();
	}

	@Test
	void shouldGiveNoConnectionToEventLoopThatIsBlocked() throws Exception {
		fleet.serving("web");
		await(fleet.startWorkerWith(EVENT_LOOPS, SampleApplication.class));
		Client.getAll(fleet.port(), "/pid", REQUESTS).forEach(ServingIT::join);
		List<Connection> blocking = new ArrayList<>();
		try {
			block(blocking, 2);
			assertAnswered();
			block(blocking, 3);
			assertAnswered();
			block(blocking, 4);
			// No permit is of use any more: the fleet would grow
			Await.until(() -> {
				JsonNode shown = shown();
				return shown.path("busy").asInt(-1) == shown.path("concurrency").asInt();
			});
			await(fleet.startWorkerWith(EVENT_LOOPS, SampleApplication.class));
			assertAnswered();
		}
		finally {
			for (Connection connection : blocking) {
				connection.close();
			}
		}
	}

	private static void block(List<Connection> blocking, int count) throws Exception {
		while (blocking.size() < count) {
			Connection connection = Client.connect(fleet.port());
			connection.send("GET", BLOCK, "", false);
			blocking.add(connection);
		}
		Await.until(() -> shown().path("busy").asInt(-1) >= count);
	}

	private static void assertAnswered() {
		long start = System.nanoTime();
		List<Future<String>> answers = Client.getAll(fleet.port(), "/pid", REQUESTS);
		answers.forEach(ServingIT::join);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(OWN_TIME);
	}

	private static String join(Future<String> answer) {
		try {
			return answer.get();
		}
		catch (Exception ex) {
			throw new AssertionError(ex);
		}
	}

	@Test
	void shouldShowInDaemonWhatThereIsToKnowOfWorker() throws Exception {
		ForkedJvm worker = await(fleet.startWorker(FluxApplication.class, "--management.server.port=0"));
		try (Connection connection = Client.connect(fleet.port())) {
			for (int i = 0; i < 3; i++) {
				assertThat(ask(connection, "/pid").status()).isEqualTo(200);
			}
			Await.until(() -> {
				JsonNode shown = shown();
				return shown.at("/requests/count").asInt() == 3 && shown.has("management");
			});
			JsonNode shown = shown();
			assertThat(shown.at("/requests/failed").asInt()).isZero();
			assertThat(shown.at("/process/heapUsed").asLong()).isPositive();
			assertThat(shown.at("/process/processorMillis").asLong()).isPositive();
			HttpResponse<String> health = HttpClient.newHttpClient()
				.send(HttpRequest.newBuilder(URI.create(shown.path("management").asString() + "/health")).build(),
						HttpResponse.BodyHandlers.ofString());
			assertThat(health.statusCode()).isEqualTo(200);
			assertThat(fleet.management("/actuator/prometheus"))
				.containsPattern("fdwork_worker_requests_seconds_count\\{pid=\"" + worker.pid()
						+ "\",worker=\"[^\"]+\"\\} [1-9]")
				.contains("fdwork_worker_heap_used{pid=\"" + worker.pid() + "\"");
			assertThat(worker.terminate()).isZero();
			Await.until(() -> !String.valueOf(fleet.management("/actuator/prometheus"))
				.contains("fdwork_worker_heap_used{"));
		}
	}

	@Test
	void shouldPassFilePipeAndListenerWhenDaemonPutsItsOwnDescriptors() throws Exception {
		try (ForkedFleet own = new ForkedFleet()) {
			Path file = own.directory().resolve("file");
			ForkedJvm daemon = own.launchDaemon(DescriptorApplication.class, "--test.file=" + file);
			ForkedJvm worker = own.startWorker(DescriptorApplication.class);
			Await.until(() -> {
				daemon.requireAlive();
				return daemon.log().contains("answer: from " + worker.pid());
			});
			assertThat(daemon.log()).containsPattern("answer: from " + worker.pid() + ", port \\d+, third true");
			assertThat(Files.readString(file)).isEqualTo("payload");
		}
	}

}
