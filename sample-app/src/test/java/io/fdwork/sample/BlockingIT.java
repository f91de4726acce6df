package io.fdwork.sample;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.Client.Response;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The sample on a blocking handler.
 */
@Timeout(600)
class BlockingIT {

	@Test
	void shouldAnswerSmallRoutesOnKeptConnectionWithoutWebServer() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("blocking");
			fleet.launchDaemon();
			ForkedJvm worker = fleet.startWorker("--fdwork.worker.concurrency=8");
			fleet.awaitReady(worker);
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
			Await.until(() -> fleet.state().at("/workers/0/active").asInt() == 0);
			assertThat(worker.log()).contains("The web server binds no port").doesNotContain("Netty started");
		}
	}

	private static Response ask(Connection connection, String path) throws Exception {
		connection.send("GET", path, "", false);
		return connection.read();
	}

}
