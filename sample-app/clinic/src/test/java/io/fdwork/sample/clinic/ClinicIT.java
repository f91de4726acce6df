package io.fdwork.sample.clinic;

import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.ForkedFleet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Visits a clinic of two workers, with a connection for each request, so that most
 * requests reach another JVM than the one before.
 */
@Tag("long")
@Timeout(600)
class ClinicIT {

	private static final Pattern ANSWERED = Pattern.compile("Answered by JVM <span>(\\d+)");

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
				String reason = "Visit " + i;
				assertThat(browser.book(reason)).contains("Ada is expected: " + reason);
				assertThat(browser.get("/patients/1")).contains("<td>" + reason + "</td>")
					.doesNotContain("is expected");
			}
			assertThat(answered).isEqualTo(pids(fleet));
			Browser browser = new Browser(fleet.port(), false);
			browser.logIn();
			Await.until(() -> browser.get("/patients/1").contains("Reminded by JVM"));
		}
	}

	private static Set<String> pids(ForkedFleet fleet) {
		return fleet.workers("READY").stream().map(String::valueOf).collect(Collectors.toSet());
	}

	private static String find(Pattern pattern, String page) {
		Matcher matcher = pattern.matcher(page);
		assertThat(matcher.find()).as(page).isTrue();
		return matcher.group(1);
	}

}
