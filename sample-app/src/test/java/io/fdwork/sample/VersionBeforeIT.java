package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.Client.Fate;
import io.fdwork.sample.fixture.Client.Load;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import io.fdwork.sample.fixture.VersionBefore;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for a daemon of one version with workers of another, as there are in a refresh.
 */
@Tag("long")
@Timeout(1800)
class VersionBeforeIT {

	private static final Path THIS = Path.of("target", "sample-app.jar").toAbsolutePath();

	private static Path before;

	@BeforeAll
	static void build() throws IOException {
		before = VersionBefore.jar();
		Assumptions.assumeTrue(before != null, "No earlier version can be built here");
	}

	@Test
	void shouldLoseNothingWhenDaemonOfVersionBeforeHasWorkersOfThisOne() throws Exception {
		refreshAndBack(before, THIS);
	}

	@Test
	void shouldLoseNothingWhenDaemonHasWorkersOfVersionBefore() throws Exception {
		refreshAndBack(THIS, before);
	}

	private static void refreshAndBack(Path ownJar, Path otherJar) throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			// A refresh takes a jar only from where the fleet's own is
			Path own = Files.copy(ownJar, fleet.directory().resolve("own.jar"));
			Path other = Files.copy(otherJar, fleet.directory().resolve("other.jar"));
			fleet.jar(own);
			fleet.serving("web");
			ForkedJvm daemon = fleet.startDaemon("--fdwork.daemon.fleet.min=2", "--fdwork.daemon.fleet.jar=" + own,
					"--fdwork.daemon.fleet.cds-archive=false", "--fdwork.worker.return-idle-after=100ms");
			awaitReady(fleet, daemon);
			List<Connection> idle = new ArrayList<>();
			Load load = new Load(fleet.port(), "/work?millis=10", 4);
			try (load; IdleReturnIT.KeptAlive kept = new IdleReturnIT.KeptAlive(fleet.port(), 4)) {
				for (int i = 0; i < 20; i++) {
					idle.add(Client.connect(fleet.port()));
				}
				for (Path next : List.of(other, own, other)) {
					assertAnswered(idle);
					refresh(fleet, next);
					load.awaitServed(100);
					kept.awaitAnswered(100);
					// At home by now, if the versions agree on the way
					Await.until(() -> fleet.state().at("/idle/0/held").asInt() >= idle.size());
				}
				assertAnswered(idle);
				kept.stop();
				assertThat(kept.closed()).isZero();
			}
			assertThat(load.count(Fate.REFUSED)).isZero();
			assertThat(load.count(Fate.LOST)).isZero();
			JsonNode state = fleet.state();
			assertThat(state.at("/rejectedPeers").toString()).doesNotContainPattern(":[1-9]");
			assertThat(fleet.management("/actuator/prometheus"))
				.doesNotContainPattern("fdwork_frames_rejected_total\\{[^}]*} [1-9]")
				.doesNotContainPattern("fdwork_control_rejected_total\\{[^}]*} [1-9]");
			for (Connection connection : idle) {
				connection.close();
			}
			assertThat(daemon.terminate()).isZero();
		}
	}

	private static void assertAnswered(List<Connection> connections) throws IOException {
		for (Connection connection : connections) {
			connection.send("GET", "/pid", "", false);
			assertThat(connection.read().status()).isEqualTo(200);
		}
	}

	private static void refresh(ForkedFleet fleet, Path jar) throws IOException {
		int generation = fleet.state().at("/fleet/lastRefresh/generation").asInt(1);
		assertThat(fleet.operate("refresh", "{\"jar\":\"" + jar + "\"}").statusCode()).isEqualTo(200);
		Await.until(() -> fleet.state().at("/fleet/lastRefresh/generation").asInt(1) > generation);
		assertThat(fleet.state().at("/fleet/lastRefresh/outcome").asString()).isEqualTo("COMPLETED");
	}

	private static void awaitReady(ForkedFleet fleet, ForkedJvm daemon) {
		Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() == 2);
	}

}
