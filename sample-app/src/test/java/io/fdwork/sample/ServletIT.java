package io.fdwork.sample;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.jar.JarFile;

import io.fdwork.sample.IdleReturnIT.KeptAlive;
import io.fdwork.sample.fixture.ArchivedSample;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What clients notice of handlers that block their thread, and of new workers, where the
 * web server of the jar has threads for requests: in the modules with Tomcat and Jetty.
 */
@Tag("long")
@Timeout(600)
@EnabledIf("isServlet")
class ServletIT {

	private static final int REQUESTS = 100;

	/**
	 * A machine that others use too takes its time, but not that of the handler.
	 */
	private static final Duration OWN_TIME = Duration.ofSeconds(10);

	private static final int LONG_MILLIS = 60_000;

	/**
	 * One thread for requests, and what Jetty needs besides.
	 */
	private static final String[] ONE_THREAD = { "--server.tomcat.threads.max=1", "--server.jetty.threads.max=5",
			"--server.jetty.threads.min=5", "--server.jetty.threads.selectors=1", "--fdwork.worker.concurrency=1" };

	private static final String HEAD = "GET %s HTTP/1.1\r\nHost: test\r\n\r\n";

	/**
	 * No connection is to end for the number of its requests, nor for the time between
	 * them on a slow machine.
	 */
	private static final String[] UNLIMITED = { "--server.tomcat.max-keep-alive-requests=-1",
			"--server.tomcat.keep-alive-timeout=10m", "--server.jetty.connection-idle-timeout=10m" };

	static boolean isServlet() throws IOException {
		try (JarFile jar = new JarFile(ArchivedSample.JAR.toFile())) {
			return jar.stream().anyMatch((entry) -> entry.getName().contains("/spring-webmvc-"));
		}
	}

	@Test
	void shouldLetOtherWorkerAnswerWhenHandlerBlocks() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			fleet.launchDaemon();
			ForkedJvm first = fleet.startWorker(ONE_THREAD);
			ForkedJvm second = fleet.startWorker(ONE_THREAD);
			fleet.awaitReady(first, second);
			List<Connection> keptAlive = new ArrayList<>();
			Set<String> both = new HashSet<>();
			for (int i = 0; i < 8 || both.size() < 2; i++) {
				Connection connection = Client.connect(fleet.port());
				both.add(get(connection, "/pid"));
				keptAlive.add(connection);
			}
			// The answer to the first says who processes the second
			Connection blocking = keptAlive.get(0);
			blocking.send(HEAD.formatted("/pid") + HEAD.formatted("/sleep?millis=" + LONG_MILLIS));
			Set<String> other = new HashSet<>(both);
			other.remove(blocking.read().text().strip());
			long start = System.nanoTime();
			Set<String> answeredBy = new HashSet<>();
			for (int i = 0; i < REQUESTS; i++) {
				answeredBy.add(Client.get(fleet.port(), "/pid"));
			}
			assertThat(answeredBy).as("the one that is not blocked").isEqualTo(other);
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(OWN_TIME);
			assertAnsweredByOther(keptAlive.subList(1, keptAlive.size()), other);
			for (Connection connection : keptAlive) {
				connection.close();
			}
		}
	}

	/**
	 * One of the clients is heavy, the others have not much to ask.
	 */
	private static void assertAnsweredByOther(List<Connection> keptAlive, Set<String> other) throws Exception {
		Connection heavy = keptAlive.get(0);
		List<Connection> light = keptAlive.subList(1, keptAlive.size());
		ExecutorService threads = Executors.newFixedThreadPool(keptAlive.size());
		try {
			List<Future<Set<String>>> answers = new ArrayList<>();
			answers.add(threads.submit(() -> getAll(heavy, "/sleep?millis=100", 20)));
			for (Connection connection : light) {
				answers.add(threads.submit(() -> getAll(connection, "/pid", 20)));
			}
			long start = System.nanoTime();
			for (Future<Set<String>> answer : answers) {
				assertThat(answer.get()).isEqualTo(other);
			}
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(OWN_TIME);
		}
		finally {
			threads.shutdownNow();
		}
	}

	private static Set<String> getAll(Connection connection, String path, int count) throws IOException {
		Set<String> answers = new HashSet<>();
		for (int i = 0; i < count; i++) {
			answers.add(get(connection, path));
		}
		return answers;
	}

	private static String get(Connection connection, String path) throws IOException {
		connection.send("GET", path, "", false);
		return connection.read().text().strip();
	}

	@Test
	void shouldCloseNoConnectionWhenWorkersAreReplaced() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			fleet.launchDaemon();
			ForkedJvm before = fleet.startWorker(UNLIMITED);
			fleet.awaitReady(before);
			List<Connection> idle = new ArrayList<>();
			for (int i = 0; i < 20; i++) {
				idle.add(Client.connect(fleet.port()));
				get(idle.get(i), "/pid");
			}
			try (KeptAlive load = new KeptAlive(fleet.port(), 16)) {
				for (int i = 0; i < 3; i++) {
					load.awaitAnswered(200);
					ForkedJvm next = fleet.startWorker(UNLIMITED);
					fleet.awaitReady(before, next);
					load.awaitAnswered(200);
					assertThat(before.terminate()).isZero();
					before = next;
				}
				load.awaitAnswered(200);
				for (Connection connection : idle) {
					assertThat(get(connection, "/pid")).isEqualTo(String.valueOf(before.pid()));
				}
				load.stop();
				assertThat(load.closed()).as("connections that the server closed").isZero();
				assertThat(fleet.accepted()).as("connections opened").isEqualTo(20 + 16);
			}
			for (Connection connection : idle) {
				connection.close();
			}
		}
	}

}
