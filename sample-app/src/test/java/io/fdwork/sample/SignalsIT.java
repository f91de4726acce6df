package io.fdwork.sample;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for signals that reach a daemon and its workers, alone and all at once.
 */
@Timeout(600)
class SignalsIT {

	private static final int REQUESTS = 40;

	// Fewer than there are requests: most of them wait
	private static final String CONCURRENCY = "--fdwork.worker.concurrency=4";

	/**
	 * A group of its own, without the terminal that the test may have been started from,
	 * and without the signals that a shell ignores for what it starts in the background.
	 */
	private static final String[] OWN_GROUP = { "setsid", "env", "--default-signal=HUP,INT" };

	@Test
	void shouldRefreshOnHangUpAndServeWhoeverConnectsUntilDelayIsOver() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.prefix(OWN_GROUP);
			ForkedJvm daemon = startWithFleet(fleet, "--fdwork.daemon.stop-delay=10m");
			List<Long> before = fleet.managed();
			kill("HUP", before);
			daemon.signal("HUP");
			Await.until(() -> fleet.state().at("/fleet/lastRefresh/outcome").asString("").equals("COMPLETED"));
			List<Long> workers = fleet.managed();
			assertThat(workers).hasSize(2).doesNotContainAnyElementsOf(before);
			assertThat(daemon.log()).contains("Ignored SIGHUP");

			List<Future<String>> first = send(fleet);
			kill("TERM", List.of(-daemon.pid()));
			Await.until(() -> component(fleet).path("status").asString("").equals("OUT_OF_SERVICE"));
			assertThat(component(fleet).at("/details/reason").asString()).contains("about to stop");
			assertThat(fleet.management("/actuator/health/readiness")).contains("OUT_OF_SERVICE");
			assertServed(first, workers);
			assertThat(workers).as("who were told to end, and serve").contains(pid(fleet));
			assertThat(fleet.workers("READY")).containsExactlyElementsOf(workers);

			List<Future<String>> second = send(fleet);
			kill("TERM", List.of(-daemon.pid()));
			assertServed(second, workers);
			assertThat(daemon.awaitExit()).isZero();
			assertNobodyLeft(daemon);
			assertThat(fleet.managed()).isEmpty();
		}
	}

	@RepeatedTest(5)
	@Tag("long")
	void shouldServeWhatWaitsWhenGroupIsToldToEnd() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.prefix(OWN_GROUP);
			ForkedJvm daemon = startWithFleet(fleet);
			List<Long> workers = fleet.managed();
			List<Future<String>> answers = send(fleet);
			kill("TERM", List.of(-daemon.pid()));
			assertServed(answers, workers);
			assertThat(daemon.awaitExit()).isZero();
			assertNobodyLeft(daemon);
		}
	}

	@Test
	@Tag("long")
	void shouldServeWhatWaitsWhenWorkersOfNoFleetAreToldFirst() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.prefix(OWN_GROUP);
			// It does not count on workers that were told to end
			ForkedJvm daemon = fleet.startDaemon("--fdwork.daemon.keep-listeners-on-stop=true");
			ForkedJvm first = fleet.startWorker(CONCURRENCY);
			ForkedJvm second = fleet.startWorker(CONCURRENCY);
			ForkedJvm third = fleet.startWorker(CONCURRENCY);
			fleet.awaitReady(first, second, third);
			assertThat(third.terminate()).as("alone").isZero();
			assertThat(third.log()).doesNotContain("as the daemon");
			fleet.awaitReady(first, second);

			List<Future<String>> answers = send(fleet);
			kill("INT", List.of(first.pid(), second.pid(), daemon.pid()));
			assertServed(answers, List.of(first.pid(), second.pid()));
			assertThat(Stream.of(daemon, first, second).map(ForkedJvm::awaitExit)).containsOnly(130);
			assertThat(first.log()).contains("Told to end, as the daemon");
		}
	}

	@Test
	@Tag("long")
	void shouldEndWithDaemonThatDiesBeforeItLetsThemGo() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.prefix(OWN_GROUP);
			ForkedJvm daemon = fleet.startDaemon("--fdwork.daemon.stop-delay=10m");
			ForkedJvm worker = fleet.startWorker(CONCURRENCY);
			fleet.awaitReady(worker);
			kill("TERM", List.of(worker.pid(), daemon.pid()));
			Await.until(() -> worker.requireAlive() && worker.log().contains("Told to end, as the daemon"));
			List<Future<String>> answers = send(fleet);
			daemon.kill();
			assertServed(answers, List.of(worker.pid()));
			assertThat(worker.awaitExit()).isZero();
		}
	}

	private static ForkedJvm startWithFleet(ForkedFleet fleet, String... arguments) throws IOException {
		List<String> all = new ArrayList<>(List.of(CONCURRENCY, "--fdwork.daemon.fleet.min=2",
				"--fdwork.daemon.fleet.max=2", "--fdwork.daemon.fleet.cds-archive=false"));
		all.addAll(List.of(arguments));
		ForkedJvm daemon = fleet.startDaemon(all.toArray(String[]::new));
		Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() == 2);
		return daemon;
	}

	/**
	 * Send requests, and wait until the daemon has put all of them.
	 */
	private static List<Future<String>> send(ForkedFleet fleet) {
		long before = put(fleet);
		List<Future<String>> answers = Client.getAll(fleet.port(), "/work?millis=500", REQUESTS);
		Await.until(() -> put(fleet) == before + REQUESTS);
		return answers;
	}

	private static long put(ForkedFleet fleet) {
		return fleet.state().at("/queues/0/put").asLong(-1);
	}

	private static void assertServed(List<Future<String>> answers, List<Long> workers) throws Exception {
		List<String> served = new ArrayList<>();
		for (Future<String> answer : answers) {
			served.add(answer.get());
		}
		assertThat(served).hasSize(REQUESTS).isSubsetOf(workers.stream().map(String::valueOf).toList());
	}

	private static long pid(ForkedFleet fleet) throws IOException {
		return Long.parseLong(Client.get(fleet.port(), "/pid"));
	}

	private static JsonNode component(ForkedFleet fleet) {
		return fleet.health().path("components").path("fdwork");
	}

	private static void assertNobodyLeft(ForkedJvm daemon) {
		Await.until(() -> run("kill", "-0", "--", "-" + daemon.pid()) != 0);
	}

	/**
	 * Send a signal to processes, in this order, and to the groups whose numbers are
	 * negative.
	 */
	private static void kill(String signal, List<Long> pids) throws Exception {
		List<String> command = new ArrayList<>(List.of("kill", "-" + signal, "--"));
		pids.forEach((pid) -> command.add(String.valueOf(pid)));
		assertThat(run(command.toArray(String[]::new))).isZero();
	}

	private static int run(String... command) throws Exception {
		return new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.start()
			.waitFor();
	}

}
