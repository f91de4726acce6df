package io.fdwork.sample;

import java.nio.file.Files;
import java.nio.file.Path;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.Client.Fate;
import io.fdwork.sample.fixture.Client.Load;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The ways to serve besides the Netty pipeline of the sample.
 */
class ServingIT {

	private static final int MAX_ROUNDS = 10;

	@Test
	void shouldServeOnGettingThreadsWhenHandlerBlocks() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.launchDaemon();
			ForkedJvm worker = fleet.startWorker(HandlerApplication.class, "--fdwork.worker.concurrency=8");
			fleet.awaitReady(worker);
			assertServes(fleet, worker, "fdwork-get-default-", "AFGenericSocketChannel");
			assertThat(worker.log()).containsOnlyOnce("--add-opens java.base/sun.nio.ch=ALL-UNNAMED");
		}
	}

	@Test
	void shouldServeWithJdkChannelsWhenJdkIsOpened() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.launchDaemon();
			ForkedJvm worker = fleet.startWorkerWith("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
					HandlerApplication.class);
			fleet.awaitReady(worker);
			assertServes(fleet, worker, "fdwork-get-default-", "SocketChannelImpl");
		}
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void shouldServeOnVirtualThreadsWhenTheyAreEnabled() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.launchDaemon();
			ForkedJvm worker = fleet.startWorkerWith("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
					HandlerApplication.class, "--spring.threads.virtual.enabled=true");
			fleet.awaitReady(worker);
			assertThat(fleet.state().at("/workers/0/concurrency").asInt()).isEqualTo(1024);
			assertServes(fleet, worker, "fdwork-work-", "SocketChannelImpl");
		}
	}

	private static void assertServes(ForkedFleet fleet, ForkedJvm worker, String thread, String channel)
			throws Exception {
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
		int more = serveMany(fleet, worker);
		for (int round = 1; more > 0 && round < MAX_ROUNDS; round++) {
			more = serveMany(fleet, worker);
		}
		assertThat(more).isLessThanOrEqualTo(0);
	}

	/**
	 * Return how many descriptors more the worker has when many were served.
	 */
	private static int serveMany(ForkedFleet fleet, ForkedJvm worker) throws Exception {
		int before = worker.descriptors();
		Load load = new Load(fleet.port(), "/", 8);
		try (load) {
			load.awaitServed(1_000);
		}
		assertThat(load.count(Fate.LOST)).isZero();
		Await.until(() -> fleet.state().at("/workers/0/active").asInt() == 0);
		return worker.descriptors() - before;
	}

	@Test
	void shouldServeWhenWorkerIsAnIntegrationFlow() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.launchDaemon();
			ForkedJvm worker = fleet.startWorker(FlowApplication.class);
			fleet.awaitReady(worker);
			try (Connection connection = Client.connect(fleet.port())) {
				connection.send("GET", "/", "", true);
				assertThat(connection.read().text()).isEqualTo(worker.pid() + " /127.0.0.1:" + connection.localPort());
				assertThat(connection.readByte()).isEqualTo(-1);
			}
		}
	}

	@Test
	void shouldPassFilePipeAndListenerWhenDaemonPutsItsOwnDescriptors() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			Path file = fleet.directory().resolve("file");
			ForkedJvm daemon = fleet.launchDaemon(DescriptorApplication.class, "--test.file=" + file);
			ForkedJvm worker = fleet.startWorker(DescriptorApplication.class);
			Await.until(() -> {
				daemon.requireAlive();
				return daemon.log().contains("answer: from " + worker.pid());
			});
			assertThat(daemon.log()).containsPattern("answer: from " + worker.pid() + ", port \\d+, third true");
			assertThat(Files.readString(file)).isEqualTo("payload");
		}
	}

}
