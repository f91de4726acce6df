package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import io.fdwork.sample.fixture.Ports;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what a worker can tell of the life of its daemon, and the daemon of that of
 * its workers.
 */
@Timeout(600)
class DaemonLifeIT {

	private static final Logger logger = LoggerFactory.getLogger(DaemonLifeIT.class);

	private static final Duration LIMIT = Duration.ofSeconds(1);

	/**
	 * What a busy machine may take beyond that.
	 */
	private static final Duration SLACK = Duration.ofSeconds(2);

	private static final JsonMapper mapper = JsonMapper.builder().build();

	private final int workerPort = Ports.free();

	@Test
	void shouldTellDeadFromHungWhateverTheDaemonHasStarted() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			Path childFile = fleet.directory().resolve("child");
			ForkedJvm daemon = launchDaemon(fleet, "--fdwork.daemon.fleet.min=0", "--fdwork.daemon.fleet.max=1");
			ForkedJvm worker = startWorker(fleet, "parent");
			awaitLife("ALIVE");
			// Both begin when the line is there
			Await.until(() -> Files.exists(childFile));
			assertThat(fleet.operate("scale", "{\"min\":1,\"max\":1}").statusCode()).isEqualTo(200);
			Await.until(() -> fleet.workers("READY").size() == 2);
			ProcessHandle child = ProcessHandle.of(Long.parseLong(Files.readString(childFile))).orElseThrow();
			try {
				long member = fleet.managed().get(0);

				daemon.signal("STOP");
				logger.info("Hung after {}", awaitLife("HUNG", LIMIT.plus(SLACK)));
				assertThat(worker.log()).contains("The daemon with pid " + daemon.pid() + " has not said for");
				assertThat(worker.log()).doesNotContain("The daemon has gone");
				daemon.signal("CONT");
				logger.info("Alive after {}", awaitLife("ALIVE", SLACK));
				assertThat(worker.log()).contains("The daemon with pid " + daemon.pid() + " accepts again");

				daemon.kill();
				logger.info("Dead after {}", awaitLife("DEAD", SLACK));
				assertThat(child.isAlive()).as("a child of the daemon").isTrue();
				assertThat(ProcessHandle.of(member)).as("a worker that it has started").isPresent();
			}
			finally {
				child.destroyForcibly();
			}
			Files.delete(childFile);
			launchDaemon(fleet, "--fdwork.daemon.fleet.max=1");
			awaitLife("ALIVE");
			Await.until(() -> Files.exists(childFile));
			ProcessHandle.of(Long.parseLong(Files.readString(childFile))).ifPresent(ProcessHandle::destroyForcibly);
		}
	}

	@Test
	@Tag("long")
	void shouldNotTakeEndOfControlConnectionNorOwnSleepForDeath() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			ForkedJvm daemon = launchDaemon(fleet);
			ForkedJvm worker = startWorker(fleet, "first");
			awaitLife("ALIVE");
			Await.until(() -> fleet.workers("READY").size() == 1);

			worker.signal("STOP");
			Duration stopped = LIMIT.multipliedBy(3);
			long start = System.nanoTime();
			Await.until(() -> System.nanoTime() - start > stopped.toNanos());
			// What it does not read fills its connection, until the daemon ends that
			Await.until(() -> {
				for (int i = 0; i < 50; i++) {
					fleet.operate("quiesce", null);
					fleet.operate("resume", null);
				}
				return daemon.log().contains("did not read what it was told; its connection was ended");
			});
			worker.signal("CONT");
			Await.until(() -> worker.log().contains("The daemon has gone"));
			Await.until(() -> fleet.workers("READY").size() == 1);
			assertThat(life()).isEqualTo("ALIVE");
			assertThat(worker.log()).doesNotContain("has not said for");
			assertThat(daemon.requireAlive()).isTrue();

			// Both: as when the machine itself is stopped, or their control group
			worker.signal("STOP");
			daemon.signal("STOP");
			long second = System.nanoTime();
			Await.until(() -> System.nanoTime() - second > stopped.toNanos());
			worker.signal("CONT");
			daemon.signal("CONT");
			Await.until(() -> fleet.workers("READY").size() == 1);
			assertThat(life()).isEqualTo("ALIVE");
			assertThat(worker.log()).doesNotContain("has not said for");

			worker.kill();
			Await.until(() -> daemon.log().contains("its process has ended"));
		}
	}

	@ParameterizedTest
	@Tag("long")
	@ValueSource(strings = { "SEGV", "ABRT", "-XX:+ExitOnOutOfMemoryError", "-XX:+CrashOnOutOfMemoryError" })
	void shouldKnowThatDaemonIsDeadWhateverItDiedOf(String cause) throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			boolean filled = cause.startsWith("-");
			fleet.prefix("env", "JAVA_TOOL_OPTIONS=-XX:ErrorFile=/dev/null" + ((filled) ? " -Xmx80m " + cause : ""));
			ForkedJvm daemon = launchDaemon(fleet);
			fleet.prefix();
			ForkedJvm worker = startWorker(fleet, "first");
			awaitLife("ALIVE");
			if (filled) {
				fleet.startWorker(LifeApplication.class, "--fdwork.worker.name=filler");
			}
			else {
				daemon.signal(cause);
			}
			daemon.awaitExit();
			logger.info("{}: dead {} after the exit", cause, awaitLife("DEAD", SLACK));
			assertThat(worker.requireAlive()).isTrue();
		}
	}

	private static ForkedJvm launchDaemon(ForkedFleet fleet, String... arguments) throws IOException {
		String[] all = new String[arguments.length + 1];
		System.arraycopy(arguments, 0, all, 1, arguments.length);
		all[0] = "--test.child=" + fleet.directory().resolve("child");
		return fleet.launchDaemon(LifeApplication.class, all);
	}

	private ForkedJvm startWorker(ForkedFleet fleet, String name) throws IOException {
		return fleet.startWorker(LifeApplication.class, "--management.server.port=" + this.workerPort,
				"--fdwork.worker.name=" + name, "--fdwork.worker.daemon-timeout=" + LIMIT.toMillis() + "ms");
	}

	private String life() {
		try {
			return mapper.readTree(Client.get(this.workerPort, "/actuator/fdwork")).path("daemonLife").asString("");
		}
		catch (IOException ex) {
			return "";
		}
	}

	private void awaitLife(String life) {
		Await.until(() -> life().equals(life));
	}

	/**
	 * Wait until the worker says so.
	 * @return how long that took
	 */
	private Duration awaitLife(String life, Duration most) {
		long start = System.nanoTime();
		awaitLife(life);
		Duration took = Duration.ofNanos(System.nanoTime() - start);
		assertThat(took).as(life).isLessThan(most);
		return took;
	}

}
