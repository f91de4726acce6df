package io.fdwork.sample;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that two applications of one user, side by side with nothing but their names, do
 * not serve each other's clients.
 */
@Timeout(600)
class TwoApplicationsIT {

	@TempDir
	private Path temporary;

	@Test
	void shouldAnswerOwnClientsOnlyWhenTwoApplicationsHaveTheDefaults() throws Exception {
		try (ForkedFleet shop = new ForkedFleet(); ForkedFleet office = new ForkedFleet()) {
			shop.defaultDirectoryIn(this.temporary);
			office.defaultDirectoryIn(this.temporary);
			// Before there is any daemon, so that it would take whichever comes
			ForkedJvm officeWorker = office.startWorker("--spring.application.name=office");
			ForkedJvm shopDaemon = shop.startDaemon("--spring.application.name=shop");
			ForkedJvm shopWorker = shop.startWorker("--spring.application.name=shop");
			shop.awaitReady(shopWorker);
			ForkedJvm officeDaemon = office.startDaemon("--spring.application.name=office");
			office.awaitReady(officeWorker);

			assertThat(pids(shop)).containsExactly(shopWorker.pid());
			assertThat(pids(office)).containsExactly(officeWorker.pid());

			ForkedJvm stranger = office.startWorker("--spring.application.name=office",
					"--fdwork.directory=" + directoryOf("shop"));
			awaitRefused(stranger);
			assertThat(stranger.log()).contains("'shop'", "'office'", "fdwork.directory", "fdwork.application");
			assertThat(pids(shop)).containsExactly(shopWorker.pid());
			stranger.kill();
			officeDaemon.kill();

			assertKeepsPortWhenDaemonOfAnotherApplicationTakesItsDirectory(shop, shopDaemon, shopWorker, office);
		}
	}

	private void assertKeepsPortWhenDaemonOfAnotherApplicationTakesItsDirectory(ForkedFleet shop, ForkedJvm daemon,
			ForkedJvm worker, ForkedFleet office) throws Exception {
		Await.until(() -> shop.state().at("/workers/0/listeners").asInt() == 1);
		daemon.kill();
		office.changePort();
		ForkedJvm intruder = office.startDaemon("--spring.application.name=office",
				"--fdwork.directory=" + directoryOf("shop"));
		awaitRefused(worker);
		try (Client.Connection waiting = Client.connect(shop.port())) {
			waiting.send("GET", "/pid", "", true);
			intruder.kill();
			shop.startDaemon("--spring.application.name=shop");
			assertThat(waiting.read().text().strip()).isEqualTo(String.valueOf(worker.pid()));
		}
	}

	private static void awaitRefused(ForkedJvm worker) {
		Await.until(() -> worker.requireAlive() && worker.log().contains("refused this worker"));
	}

	private Path directoryOf(String application) throws Exception {
		try (Stream<Path> directories = Files.list(this.temporary)) {
			return directories
				.filter((directory) -> directory.getFileName().toString().contains("-" + application + "-"))
				.findFirst()
				.orElseThrow();
		}
	}

	private static Set<Long> pids(ForkedFleet fleet) throws Exception {
		Set<Long> pids = new HashSet<>();
		for (int i = 0; i < 20; i++) {
			pids.add(Long.valueOf(Client.get(fleet.port(), "/pid").strip()));
		}
		return pids;
	}

}
