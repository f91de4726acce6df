package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import io.fdwork.sample.fixture.ArchivedSample;
import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that a daemon creates nothing of its application but what is marked, while its
 * worker is all of it.
 */
@Timeout(600)
class LeanDaemonIT {

	@Test
	void shouldCreateApplicationInWorkerOnly() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			Path notes = Files.createDirectory(fleet.directory().resolve("notes"));
			ForkedJvm daemon = fleet.launchDaemon(LeanApplication.class, "--test.directory=" + notes,
					"--fdwork.daemon.fleet.min=1", "--fdwork.daemon.fleet.cds-archive=false",
					"--management.endpoints.web.exposure.include=health,fdwork,prometheus",
					"--fdwork.daemon.fleet.jvm-arguments=" + String.join(",", ArchivedSample.launch().jvmArguments()));
			Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() == 1);
			long worker = fleet.workers("READY").get(0);
			assertThat(Client.get(fleet.port(), "/pid")).startsWith(worker + " ");
			assertThat(names(notes)).containsExactly("created-" + worker, "run-" + worker);
			assertThat(daemon.log()).contains("This daemon is lean", LeanApplication.InDaemon.class.getName(),
					"marked: " + worker + " joined");
			assertThat(fleet.management("/actuator/prometheus")).contains("fdwork_listener_accepted_total",
					"jvm_memory_used_bytes");
			assertThat(fleet.health().at("/status").asString()).isEqualTo("UP");
			assertThat(daemon.terminate()).isZero();
		}
	}

	private static List<String> names(Path directory) throws IOException {
		try (Stream<Path> files = Files.list(directory)) {
			return files.map(Path::getFileName).map(Path::toString).sorted().toList();
		}
	}

}
