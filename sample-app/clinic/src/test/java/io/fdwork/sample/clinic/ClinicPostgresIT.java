package io.fdwork.sample.clinic;

import java.util.ArrayList;
import java.util.List;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * What visitors of a clinic notice when all of its JVMs are replaced, with a database
 * server as in production.
 */
@Tag("long")
@EnabledIfSystemProperty(named = "clinic.postgresql", matches = "true",
		disabledReason = "Takes both processors for minutes: run it alone, with -Dclinic.postgresql=true")
@Timeout(600)
class ClinicPostgresIT {

	private static final int POOL = 5;

	@Test
	void shouldLoseNoSessionAndNoRequestWhenWorkersAreRefreshedAndDaemonIsKilled() throws Exception {
		assumeThat(Postgres.isInstalled()).as("the package postgresql is installed").isTrue();
		try (Postgres database = new Postgres(); ForkedFleet fleet = new ForkedFleet()) {
			ForkedJvm daemon = start(fleet, database);
			Visits visits = new Visits(fleet.port(), 8);
			try (visits) {
				visits.awaitSeen(100);
				for (int generation = 2; generation <= 6; generation++) {
					refresh(fleet, generation);
					visits.awaitSeen(100);
				}
				List<Long> workers = fleet.workers("READY");
				daemon.kill();
				visits.awaitSeen(100);
				daemon = start(fleet, database);
				assertThat(fleet.workers("READY")).as("adopted").isEqualTo(workers);
				visits.awaitSeen(100);
				for (long worker : workers) {
					assertThat(database.connections(worker)).as("connections of a worker").isBetween(1, POOL);
				}
				assertThat(database.connections(daemon.pid())).as("connections of the daemon").isZero();
			}
			assertThat(visits.failures()).as("failures, beside " + visits.seen() + " pages").isEmpty();
			assertThat(database.count("spring_session where principal_name = 'vet'")).as("sessions").isEqualTo(8);
			assertThat(database.count("appointment where starts_at < current_date + 2 and reminded_by is null"))
				.as("appointments that nobody was reminded of")
				.isZero();
			assertThat(daemon.terminate()).isZero();
		}
	}

	private static ForkedJvm start(ForkedFleet fleet, Postgres database) throws Exception {
		List<String> arguments = new ArrayList<>(database.arguments());
		arguments.add("--fdwork.daemon.fleet.cds-archive=false");
		ForkedJvm daemon = fleet.startDaemon(arguments.toArray(String[]::new));
		Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() == 2);
		return daemon;
	}

	private static void refresh(ForkedFleet fleet, int generation) throws Exception {
		assertThat(fleet.operate("refresh", "{\"batch\":\"100%\"}").statusCode()).isEqualTo(200);
		Await.until(() -> {
			JsonNode refresh = fleet.state().at("/fleet/lastRefresh");
			return refresh.path("generation").asInt() == generation
					&& refresh.path("outcome").asString("").equals("COMPLETED") && fleet.workers("READY").size() == 2;
		});
	}

}
