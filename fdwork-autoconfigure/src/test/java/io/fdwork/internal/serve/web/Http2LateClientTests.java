package io.fdwork.internal.serve.web;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.fdwork.internal.serve.web.Http2Connection.Outcome;
import io.fdwork.internal.serve.web.Http2Connection.Start;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of what the clients of HTTP/2 see that come while their worker drains.
 */
@Tag("long")
class Http2LateClientTests {

	private static final int CONNECTIONS = 3;

	private static WebKeys keys;

	@BeforeAll
	static void createKeys(@TempDir Path directory) throws Exception {
		keys = WebKeys.create(directory);
	}

	@ParameterizedTest
	@MethodSource("io.fdwork.internal.serve.web.Http2Clients#ways")
	void shouldTellClientThatComesWhileWorkerDrains(WebServerType server, Start start) throws Exception {
		Assumptions.assumeFalse(server == WebServerType.TOMCAT && start == Start.PRIOR_KNOWLEDGE,
				"Tomcat takes no preface in pieces, and who has sent nothing goes home: see the two tests below");
		try (Served served = Http2Clients.serve(server, start, keys);
				Http2Clients clients = new Http2Clients(served, start, keys.ssl())) {
			Http2Connection busy = clients.open();
			CompletableFuture<Outcome> slow = busy.get("/slow?millis=4000");
			List<Http2Connection> late = new ArrayList<>();
			for (int i = 0; i < CONNECTIONS; i++) {
				late.add(clients.connect());
			}
			Awaitility.await().until(served::inHand, (inHand) -> inHand == CONNECTIONS + 1);
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
		try (Served served = Http2Clients.serve(WebServerType.TOMCAT, start, keys);
				Http2Clients clients = new Http2Clients(served, start, keys.ssl())) {
			Http2Connection busy = clients.open();
			CompletableFuture<Outcome> slow = busy.get("/slow?millis=2000");
			List<Http2Connection> late = new ArrayList<>();
			for (int i = 0; i < CONNECTIONS; i++) {
				late.add(clients.connectSilently());
			}
			Awaitility.await().until(served::inHand, (inHand) -> inHand == CONNECTIONS + 1);
			CompletableFuture<Void> closed = CompletableFuture.runAsync(served.plain()::close);
			Awaitility.await().until(served::idleAtHome, (idle) -> idle == CONNECTIONS);
			served.startOther("--server.http2.enabled=true");
			for (Http2Connection connection : late) {
				connection.start(keys.ssl(), "");
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
		try (Served alone = new Served(WebServerType.TOMCAT, false, keys.directory().resolve("none"), List.of(),
				"--server.http2.enabled=true");
				HttpConnection client = new HttpConnection(alone.plainPort());
				HttpConnection next = new HttpConnection(alone.plainPort())) {
			client.send("PRI");
			// It has been read when the next one is answered
			assertThat(next.get("/text?size=1").read().text()).isEqualTo("x");
			client.send(" * HTTP/2.0\r\n\r\nSM\r\n\r\n");
			assertThat(client.readHead().status()).isEqualTo(400);
		}
	}

	private static void startInTime(Http2Connection connection) {
		try {
			connection.start(keys.ssl(), "/slow?millis=1500");
		}
		catch (IOException ex) {
			Assumptions.abort("The machine is so busy that the connection was idle for a second: " + ex);
		}
	}

}
