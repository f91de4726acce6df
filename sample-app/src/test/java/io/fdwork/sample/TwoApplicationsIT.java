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
@Timeout(120)
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
			shop.startDaemon("--spring.application.name=shop");
			ForkedJvm shopWorker = shop.startWorker("--spring.application.name=shop");
			shop.awaitReady(shopWorker);
			office.startDaemon("--spring.application.name=office");
			office.awaitReady(officeWorker);

			assertThat(pids(shop)).containsExactly(shopWorker.pid());
			assertThat(pids(office)).containsExactly(officeWorker.pid());

			ForkedJvm stranger = office.startWorker("--spring.application.name=office",
					"--fdwork.directory=" + directoryOf("shop"));
			Await.until(() -> stranger.requireAlive() && stranger.log().contains("refused this worker"));
			assertThat(stranger.log()).contains("'shop'", "'office'", "fdwork.directory", "fdwork.application");
			assertThat(pids(shop)).containsExactly(shopWorker.pid());
		}
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
