package io.fdwork.internal.serve.web;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import javax.net.ssl.SSLContext;

import io.fdwork.internal.serve.web.Http2Connection.Outcome;
import io.fdwork.internal.serve.web.Http2Connection.Start;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests of what the clients of HTTP/2 see when their worker drains.
 */
@Tag("long")
class Http2DrainTests {

	private static final int CONNECTIONS = 8;

	private static final int LATE_CONNECTIONS = 3;

	@TempDir
	private static Path temp;

	private static Path keyStore;

	private static SSLContext ssl;

	static Stream<Arguments> ways() {
		return Stream.of(WebServerType.values())
			.flatMap((server) -> Stream.of(Start.values()).map((start) -> arguments(server, start)));
	}

	@BeforeAll
	static void createKeyStore() throws Exception {
		keyStore = temp.resolve("keys.p12");
		KeyStores.create(keyStore);
		ssl = KeyStores.trust(keyStore);
	}

	@ParameterizedTest
	@MethodSource("ways")
	void shouldAnswerEveryStreamWhenWorkerDrains(WebServerType server, Start start) throws Exception {
		try (Served served = serve(server, start); Clients clients = new Clients(served, start)) {
			List<Http2Connection> connections = new ArrayList<>();
			for (int i = 0; i < CONNECTIONS; i++) {
				connections.add(clients.open());
			}
			List<CompletableFuture<List<CompletableFuture<Outcome>>>> streams = new ArrayList<>();
			for (Http2Connection connection : connections) {
				streams.add(CompletableFuture.supplyAsync(() -> requestUntilGoAway(connection), clients.threads));
			}
			CompletableFuture<Outcome> slow = connections.get(0).get("/slow?millis=3500");
			for (Http2Connection connection : connections) {
				Http2Connection.await(connection.get("/text?size=1"));
			}
			CompletableFuture<Void> closed = CompletableFuture.runAsync(served.plain()::close);
			for (Http2Connection connection : connections) {
				assertThat(Http2Connection.await(connection.goAway())).isEqualTo(Integer.MAX_VALUE);
			}
			for (CompletableFuture<List<CompletableFuture<Outcome>>> opened : streams) {
				for (CompletableFuture<Outcome> stream : Http2Connection.await(opened)) {
					assertThat(Http2Connection.await(stream)).isEqualTo(Outcome.ANSWERED);
				}
			}
			assertThat(Http2Connection.await(slow)).isEqualTo(Outcome.ANSWERED);
			for (Http2Connection connection : connections) {
				Http2Connection.await(connection.ended());
			}
			closed.get(5, TimeUnit.SECONDS);
		}
	}

	/**
	 * The last ones are on their way when the client is told to go.
	 */
	private static List<CompletableFuture<Outcome>> requestUntilGoAway(Http2Connection connection) {
		try {
			List<CompletableFuture<Outcome>> streams = new ArrayList<>(List.of(connection.get("/slow?millis=400")));
			while (!connection.goAway().isDone()) {
				CompletableFuture<Outcome> next = connection.get("/text?size=10");
				streams.add(next);
				Http2Connection.await(next);
			}
			streams.add(connection.get("/text?size=10"));
			return streams;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	@ParameterizedTest
	@MethodSource("ways")
	void shouldNotWaitForClientThatHasNothingToAsk(WebServerType server, Start start) throws Exception {
		try (Served served = serve(server, start); Clients clients = new Clients(served, start)) {
			Http2Connection idle = clients.open();
			assertThat(Http2Connection.await(idle.get("/text?size=1"))).isEqualTo(Outcome.ANSWERED);
			long begin = System.nanoTime();
			served.plain().close();
			assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
			Http2Connection.await(idle.ended());
			assertThat(idle.lastStreams()).startsWith(Integer.MAX_VALUE).endsWith((start == Start.UPGRADE) ? 3 : 1);
		}
	}

	@ParameterizedTest
	@MethodSource("ways")
	void shouldTellClientThatComesWhileWorkerDrains(WebServerType server, Start start) throws Exception {
		Assumptions.assumeFalse(server == WebServerType.TOMCAT && start == Start.PRIOR_KNOWLEDGE,
				"Tomcat takes no preface in pieces, and who has sent nothing goes home: see the two tests below");
		try (Served served = serve(server, start); Clients clients = new Clients(served, start)) {
			Http2Connection busy = clients.open();
			CompletableFuture<Outcome> slow = busy.get("/slow?millis=4000");
			List<Http2Connection> late = new ArrayList<>();
			for (int i = 0; i < LATE_CONNECTIONS; i++) {
				late.add(clients.connect());
			}
			Awaitility.await().until(served::inHand, (inHand) -> inHand == LATE_CONNECTIONS + 1);
			CompletableFuture<Void> closed = CompletableFuture.runAsync(served.plain()::close);
			Http2Connection.await(busy.goAway());
			List<CompletableFuture<Outcome>> streams = new ArrayList<>();
			for (Http2Connection connection : late) {
				startInTime(connection);
				streams.add((start == Start.UPGRADE) ? connection.first() : connection.get("/slow?millis=1500"));
			}
			for (CompletableFuture<Outcome> stream : streams) {
				assertThat(Http2Connection.await(stream)).isEqualTo(Outcome.ANSWERED);
			}
			long answered = System.nanoTime();
			for (Http2Connection connection : late) {
				assertThat(Http2Connection.await(connection.goAway())).isPositive();
				assertThat(Duration.ofNanos(Http2Connection.await(connection.ended()) - answered))
					.isLessThan(Duration.ofSeconds(4));
			}
			assertThat(Http2Connection.await(slow)).isEqualTo(Outcome.ANSWERED);
			closed.get(5, TimeUnit.SECONDS);
		}
	}

	@Test
	void shouldServeClientOfTomcatInAnotherWorkerWhenItComesWhileWorkerDrains() throws Exception {
		Start start = Start.PRIOR_KNOWLEDGE;
		try (Served served = serve(WebServerType.TOMCAT, start); Clients clients = new Clients(served, start)) {
			Http2Connection busy = clients.open();
			CompletableFuture<Outcome> slow = busy.get("/slow?millis=2000");
			List<Http2Connection> late = new ArrayList<>();
			for (int i = 0; i < LATE_CONNECTIONS; i++) {
				late.add(clients.connectSilently());
			}
			Awaitility.await().until(served::inHand, (inHand) -> inHand == LATE_CONNECTIONS + 1);
			CompletableFuture<Void> closed = CompletableFuture.runAsync(served.plain()::close);
			Awaitility.await().until(served::idleAtHome, (idle) -> idle == LATE_CONNECTIONS);
			served.startOther("--server.http2.enabled=true");
			for (Http2Connection connection : late) {
				connection.start(ssl, "");
				assertThat(Http2Connection.await(connection.get("/text?size=1"))).isEqualTo(Outcome.ANSWERED);
				assertThat(connection.goAway()).isNotDone();
			}
			assertThat(Http2Connection.await(slow)).isEqualTo(Outcome.ANSWERED);
			closed.get(5, TimeUnit.SECONDS);
		}
	}

	/**
	 * The control: by itself it does as well.
	 */
	@Test
	void shouldTakeNoPrefaceInPiecesWhenTomcatIsAlone() throws Exception {
		try (Served alone = new Served(WebServerType.TOMCAT, false, temp.resolve("none"), List.of(),
				"--server.http2.enabled=true");
				HttpConnection client = new HttpConnection(alone.plainPort());
				HttpConnection next = new HttpConnection(alone.plainPort())) {
			client.send("PRI");
			// It has been read when the next one is answered
			assertThat(next.get("/text?size=1").read().text()).isEqualTo("x");
			client.send(" * HTTP/2.0\r\n\r\nSM\r\n\r\n");
			assertThat(client.readHead().status()).isEqualTo(505);
		}
	}

	private static void startInTime(Http2Connection connection) {
		try {
			connection.start(ssl, "/slow?millis=1500");
		}
		catch (IOException ex) {
			Assumptions.abort("The machine is so busy that the connection was idle for a second: " + ex);
		}
	}

	private static Served serve(WebServerType server, Start start) {
		List<String> arguments = new ArrayList<>(List.of("--server.http2.enabled=true"));
		if (start == Start.TLS) {
			arguments.addAll(List.of(KeyStores.arguments(keyStore)));
		}
		return new Served(server, true, temp.resolve("d-" + System.nanoTime()), List.of(),
				arguments.toArray(String[]::new));
	}

	/**
	 * The connections of a test.
	 */
	private static final class Clients implements AutoCloseable {

		private final List<Http2Connection> connections = new ArrayList<>();

		private final Served served;

		private final Start start;

		private final ExecutorService threads = Executors.newCachedThreadPool();

		Clients(Served served, Start start) {
			this.served = served;
			this.start = start;
		}

		Http2Connection connect() throws IOException {
			Http2Connection connection = new Http2Connection(this.served.plainPort(), this.start);
			this.connections.add(connection);
			return connection;
		}

		Http2Connection connectSilently() throws IOException {
			Http2Connection connection = Http2Connection.silent(this.served.plainPort(), this.start);
			this.connections.add(connection);
			return connection;
		}

		Http2Connection open() throws IOException {
			return connect().start(ssl, "/text?size=1");
		}

		@Override
		public void close() throws IOException {
			this.threads.shutdownNow();
			for (Http2Connection connection : this.connections) {
				connection.close();
			}
		}

	}

}
