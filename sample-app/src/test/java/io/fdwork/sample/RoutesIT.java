package io.fdwork.sample;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the sample answers through a daemon and two workers, on whichever web server the
 * jar has: here Reactor Netty, and in the modules beside this one Tomcat and Jetty.
 */
@Timeout(600)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RoutesIT {

	// While no connection is kept alive
	private static final int FIRST = 1;

	// Takes a worker from the others
	private static final int LAST = Integer.MAX_VALUE;

	private static final int CONNECTIONS = 16;

	private static final int BURSTS = 40;

	private static final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private static ForkedFleet fleet;

	private static ForkedJvm first;

	private static ForkedJvm second;

	@BeforeAll
	static void start() throws Exception {
		fleet = new ForkedFleet();
		fleet.serving("web");
		fleet.launchDaemon();
		first = fleet.startWorker();
		second = fleet.startWorker();
		fleet.awaitReady(first, second);
	}

	@AfterAll
	static void stop() throws Exception {
		fleet.close();
	}

	@Test
	@Order(FIRST)
	void shouldSpreadConnectionsThatComeAtOnce() throws Exception {
		List<Integer> most = new ArrayList<>();
		for (int i = 0; i < 2 * BURSTS; i++) {
			most.add(burst());
		}
		// Code that was never run makes who has run it once faster
		List<Integer> warm = most.subList(BURSTS, 2 * BURSTS);
		Collections.sort(warm);
		// 10 on a machine that has nothing else to do, which this one has
		assertThat(warm.get(BURSTS / 2)).as("of 16 connections on one of two workers, the median of " + warm)
			.isLessThanOrEqualTo(13);
		Await.until(() -> fleet.state().path("workers").valueStream().allMatch((worker) -> {
			assertThat(worker.path("concurrency").asInt()).isPositive();
			return worker.path("active").asInt(-1) == 0 && worker.path("busy").asInt(-1) == 0;
		}));
	}

	/**
	 * Return how many of several connections the worker got that got most of them.
	 */
	private static int burst() throws Exception {
		List<Connection> connections = new ArrayList<>();
		Map<String, Integer> counts = new HashMap<>();
		try {
			for (int i = 0; i < CONNECTIONS; i++) {
				connections.add(Client.connect(fleet.port()));
			}
			for (Connection connection : connections) {
				connection.send("GET", "/pid", "", false);
			}
			for (Connection connection : connections) {
				counts.merge(connection.read().text().strip(), 1, Integer::sum);
			}
		}
		finally {
			for (Connection connection : connections) {
				connection.close();
			}
		}
		return Collections.max(counts.values());
	}

	@Test
	void shouldGreetWithPageWhenBrowserAsksAndWithTextOtherwise() throws Exception {
		assertThat(get("/").body()).matches("Hello from worker \\d+\n");
		assertThat(send(request("/").header("Accept", "*/*")).headers().firstValue("Content-Type").orElseThrow())
			.isEqualToIgnoringCase("text/plain;charset=utf-8");
		assertThat(send(request("/").header("Accept", "text/html;q=0.1,text/plain")).body()).startsWith("Hello");
		HttpResponse<String> page = send(request("/").header("Accept",
				"text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"));
		assertThat(page.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/html");
		assertThat(page.body()).startsWith("<!DOCTYPE html>");
	}

	@Test
	void shouldAnswerFromBothWorkersWhenEachConnectionIsNew() throws Exception {
		Set<Long> pids = new HashSet<>();
		for (int i = 0; i < 20; i++) {
			try (Connection connection = Client.connect(fleet.port())) {
				connection.send("GET", "/pid?close=true", "", false);
				pids.add(Long.valueOf(connection.read().text().strip()));
				assertThat(connection.readByte()).as("the end of the connection").isEqualTo(-1);
			}
		}
		assertThat(pids).containsExactlyInAnyOrder(first.pid(), second.pid());
	}

	@Test
	void shouldStartWhenHttp2IsEnabled() throws Exception {
		ForkedJvm worker = fleet.startWorker("--server.http2.enabled=true");
		fleet.awaitReady(first, second, worker);
		assertThat(worker.terminate()).isZero();
		fleet.awaitReady(first, second);
	}

	@Test
	void shouldAnswerLaterWithoutThreadOfItsOwnWhenWorkTakesTime() throws Exception {
		long start = System.nanoTime();
		// No thread is needed to wait, but some for what comes at once
		List<CompletableFuture<HttpResponse<String>>> answers = IntStream.range(0, 400)
			.mapToObj((i) -> CompletableFuture.completedFuture(request("/work?millis=2000").build())
				.thenComposeAsync((request) -> http.sendAsync(request, BodyHandlers.ofString()),
						CompletableFuture.delayedExecutor(2L * i, TimeUnit.MILLISECONDS)))
			.toList();
		for (CompletableFuture<HttpResponse<String>> answer : answers) {
			assertThat(answer.get().body().strip()).isIn(String.valueOf(first.pid()), String.valueOf(second.pid()));
		}
		assertThat(System.nanoTime() - start).isGreaterThan(TimeUnit.SECONDS.toNanos(2));
		for (ForkedJvm worker : List.of(first, second)) {
			assertThat(threads(worker)).as("threads of worker " + worker.pid()).isLessThan(200);
		}
		assertThat(get("/work").statusCode()).isEqualTo(200);
		assertThat(get("/work?millis=x").statusCode()).isEqualTo(400);
		assertThat(get("/work?millis=-1").statusCode()).isEqualTo(400);
		assertThat(get("/work?millis=600001").statusCode()).isEqualTo(400);
		assertThat(get("/sleep?millis=1").body()).matches("\\d+\n");
		assertThat(get("/sleep?millis=600001").statusCode()).isEqualTo(400);
	}

	@Test
	void shouldSendAsManyBytesAsAskedFor() throws Exception {
		assertThat(get("/bytes/0").body()).isEmpty();
		assertThat(http.send(request("/bytes/10000000").build(), BodyHandlers.ofByteArray()).body())
			.hasSize(10_000_000);
		assertThat(get("/bytes/104857601").statusCode()).isEqualTo(400);
		assertThat(get("/bytes/many").statusCode()).isEqualTo(400);
		assertThat(get("/nowhere").statusCode()).isEqualTo(404);
	}

	@Test
	void shouldSendBackBodyAndItsType() throws Exception {
		HttpResponse<String> text = send(request("/echo?millis=50").header("Content-Type", "text/plain;charset=utf-8")
			.POST(BodyPublishers.ofString("grüße")));
		assertThat(text.body()).isEqualTo("grüße");
		assertThat(text.headers().firstValue("Content-Type").orElseThrow()).startsWithIgnoringCase("text/plain");
		assertThat(send(request("/echo").POST(BodyPublishers.noBody())).body()).isEmpty();
		// As curl -d sends it
		assertThat(send(request("/echo").header("Content-Type", "application/x-www-form-urlencoded")
			.POST(BodyPublishers.ofString("name=value"))).body()).isEqualTo("name=value");
		byte[] large = new byte[5_000_000];
		large[4_999_999] = 1;
		assertThat(
				http.send(request("/echo").POST(BodyPublishers.ofByteArray(large)).build(), BodyHandlers.ofByteArray())
					.body())
			.isEqualTo(large);
	}

	@Test
	void shouldNotHaltUnlessEnabled() throws Exception {
		HttpResponse<String> refused = send(request("/halt").POST(BodyPublishers.noBody()));
		assertThat(refused.statusCode()).isEqualTo(403);
		assertThat(refused.body()).isEqualTo("Set sample.halt-enabled=true first\n");
	}

	@Test
	void shouldSendBackMessagesOfWebSocket() throws Exception {
		CompletableFuture<String> answer = new CompletableFuture<>();
		WebSocket socket = http.newWebSocketBuilder()
			.buildAsync(URI.create("ws://127.0.0.1:" + fleet.port() + "/ws"), new WebSocket.Listener() {

				@Override
				public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
					answer.complete(data.toString());
					return null;
				}

			})
			.get();
		socket.sendText("hello", true).get();
		assertThat(answer.get()).isEqualTo("hello");
		socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get();
	}

	@Test
	@Order(LAST)
	void shouldEndEventStreamWhenItsWorkerStops() throws Exception {
		ForkedJvm worker = second;
		HttpResponse<Stream<String>> response = null;
		Iterator<String> lines = null;
		while (lines == null) {
			response = http.send(request("/events").build(), BodyHandlers.ofLines());
			assertThat(response.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/event-stream");
			Iterator<String> candidate = response.body().iterator();
			if (nextEvent(candidate).equals(String.valueOf(worker.pid()))) {
				lines = candidate;
			}
			else {
				response.body().close();
			}
		}
		assertThat(nextEvent(lines)).isEqualTo(String.valueOf(worker.pid()));
		long start = System.nanoTime();
		assertThat(worker.terminate()).isZero();
		assertThat(System.nanoTime() - start).as("nanoseconds, less than a stop may take")
			.isLessThan(TimeUnit.SECONDS.toNanos(20));
		fleet.awaitReady(first);
		response.body().close();
	}

	private static String nextEvent(Iterator<String> lines) {
		String line = lines.next();
		while (!line.startsWith("data:")) {
			line = lines.next();
		}
		return line.substring("data:".length()).strip();
	}

	private static int threads(ForkedJvm worker) throws IOException {
		try (Stream<Path> threads = Files.list(Path.of("/proc", String.valueOf(worker.pid()), "task"))) {
			return (int) threads.count();
		}
	}

	private static HttpResponse<String> get(String path) throws Exception {
		return send(request(path));
	}

	private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
		return http.send(request.build(), BodyHandlers.ofString());
	}

	private static HttpRequest.Builder request(String path) {
		return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + fleet.port() + path)).timeout(Await.PATIENCE);
	}

}
