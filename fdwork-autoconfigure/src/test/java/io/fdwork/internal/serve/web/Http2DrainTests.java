package io.fdwork.internal.serve.web;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.serve.web.Http2Connection.Outcome;
import io.fdwork.internal.serve.web.Http2Connection.Start;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of what the clients of HTTP/2 see when their worker drains, and before, when its
 * daemon is about to close its ports.
 */
@Tag("long")
class Http2DrainTests {

	private static final int CONNECTIONS = 8;

	private static WebKeys keys;

	@BeforeAll
	static void createKeys(@TempDir Path directory) throws Exception {
		keys = WebKeys.create(directory);
	}

	@ParameterizedTest
	@MethodSource("io.fdwork.internal.serve.web.Http2Clients#ways")
	void shouldAnswerEveryStreamWhenWorkerDrains(WebServerType server, Start start) throws Exception {
		try (Served served = Http2Clients.serve(server, start, keys);
				Http2Clients clients = new Http2Clients(served, start, keys.ssl())) {
			List<Http2Connection> connections = new ArrayList<>();
			for (int i = 0; i < CONNECTIONS; i++) {
				connections.add(clients.open());
			}
			List<CompletableFuture<List<CompletableFuture<Outcome>>>> streams = new ArrayList<>();
			for (Http2Connection connection : connections) {
				streams.add(CompletableFuture.supplyAsync(() -> requestUntilGoAway(connection), clients.threads()));
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
	@MethodSource("io.fdwork.internal.serve.web.Http2Clients#ways")
	void shouldAskClientsToGoAndAnswerEveryStreamWhileDaemonParts(WebServerType server, Start start) throws Exception {
		try (Served served = Http2Clients.serve(server, start, keys);
				Http2Clients clients = new Http2Clients(served, start, keys.ssl())) {
			Http2Connection idle = clients.open();
			assertThat(Http2Connection.await(idle.get("/text?size=1"))).isEqualTo(Outcome.ANSWERED);
			Http2Connection busy = clients.open();
			CompletableFuture<Outcome> slow = busy.get("/slow?millis=1500");
			served.daemon().getBean(Daemon.class).part();
			Http2Connection late = clients.open();
			CompletableFuture<Outcome> lateSlow = late.get("/slow?millis=1500");
			List<Http2Connection> connections = List.of(idle, busy, late);
			for (Http2Connection connection : connections) {
				assertThat(Http2Connection.await(connection.goAway())).isEqualTo(Integer.MAX_VALUE);
			}
			assertThat(Http2Connection.await(slow)).isEqualTo(Outcome.ANSWERED);
			assertThat(Http2Connection.await(lateSlow)).isEqualTo(Outcome.ANSWERED);
			for (Http2Connection connection : connections) {
				assertThat(Http2Connection.await(connection.get("/slow?millis=300"))).isEqualTo(Outcome.ANSWERED);
				assertThat(connection.lastStreams()).as("asked once").containsExactly(Integer.MAX_VALUE);
				assertThat(connection.ended()).isNotDone();
			}
			served.plain().close();
			for (Http2Connection connection : connections) {
				Http2Connection.await(connection.ended());
			}
		}
	}

	@ParameterizedTest
	@MethodSource("io.fdwork.internal.serve.web.Http2Clients#ways")
	void shouldNotWaitForClientThatHasNothingToAsk(WebServerType server, Start start) throws Exception {
		try (Served served = Http2Clients.serve(server, start, keys);
				Http2Clients clients = new Http2Clients(served, start, keys.ssl())) {
			Http2Connection idle = clients.open();
			assertThat(Http2Connection.await(idle.get("/text?size=1"))).isEqualTo(Outcome.ANSWERED);
			long begin = System.nanoTime();
			served.plain().close();
			assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
			Http2Connection.await(idle.ended());
			assertThat(idle.lastStreams()).startsWith(Integer.MAX_VALUE).endsWith((start == Start.UPGRADE) ? 3 : 1);
		}
	}

}
