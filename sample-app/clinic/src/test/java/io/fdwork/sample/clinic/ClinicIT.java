package io.fdwork.sample.clinic;

import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.ForkedFleet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Visits a clinic of two workers, with a connection for each request, so that most
 * requests reach another JVM than the one before.
 */
@Timeout(600)
class ClinicIT {

	private static final Pattern ANSWERED = Pattern.compile("Answered by JVM <span>(\\d+)");

	private static final Pattern REMINDED = Pattern.compile("Reminded by JVM (\\d+)");

	@Test
	void shouldKeepLoginsMessagesAndRemindersWhenEachRequestReachesAnotherWorker() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.startDaemon("--fdwork.daemon.fleet.cds-archive=false", "--spring.datasource.url=jdbc:h2:file:"
					+ fleet.directory().resolve("database") + ";AUTO_SERVER=TRUE");
			Await.until(() -> fleet.workers("READY").size() == 2);
			Set<String> answered = new HashSet<>();
			for (int i = 0; i < 50; i++) {
				Browser browser = new Browser(fleet.port(), false);
				answered.add(find(ANSWERED, browser.logIn()));
				String message = "Appointment " + i;
				assertThat(browser.book(message)).contains("Ada is expected: " + message);
				assertThat(browser.get("/patients/1")).contains(message).doesNotContain("Ada is expected: " + message);
			}
			assertThat(answered).hasSize(2);
			assertThat(REMINDED.matcher(new Browser(fleet.port(), false).logIn()).find()).isFalse();
		}
	}

	private static String find(Pattern pattern, String page) {
		Matcher matcher = pattern.matcher(page);
		assertThat(matcher.find()).as(page).isTrue();
		return matcher.group(1);
	}

}
