package io.fdwork.sample;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Chromium;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The live page in a browser.
 */
@Tag("long")
@Timeout(600)
class LivePageIT {

	@Test
	void shouldShowWorkersThatAnswerAndOneThatIsKilled() throws Exception {
		assumeThat(Chromium.isInstalled()).as("the package chromium is installed").isTrue();
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			fleet.launchDaemon();
			ForkedJvm first = fleet.startWorker();
			ForkedJvm second = fleet.startWorker();
			fleet.awaitReady(first, second);
			try (Chromium page = new Chromium("http://127.0.0.1:" + fleet.port() + "/")) {
				Await.until(() -> answers(page, first) >= 5 && answers(page, second) >= 5);
				assertThat(events(page)).contains("new worker " + first.pid(), "new worker " + second.pid());
				assertThat(state(page, first)).isEqualTo("answers");

				first.kill();
				Await.until(() -> events(page).contains("worker " + first.pid() + " gone"));
				assertThat(state(page, first)).isEqualTo("gone");
				assertThat(state(page, second)).isEqualTo("answers");

				ForkedJvm third = fleet.startWorker();
				Await.until(() -> answers(page, third) >= 5);
				assertThat(events(page)).contains("new worker " + third.pid());
				Files.write(Path.of("target", "live-page.png"), Base64.getDecoder().decode(page.screenshot()));
			}
		}
	}

	private static int answers(Chromium page, ForkedJvm worker) {
		String count = text(page, worker, ".count");
		return (count.isEmpty()) ? 0 : Integer.parseInt(count);
	}

	private static String state(Chromium page, ForkedJvm worker) {
		return text(page, worker, ".state");
	}

	private static String text(Chromium page, ForkedJvm worker, String part) {
		return page.evaluate(
				"document.querySelector('[data-worker=\"" + worker.pid() + "\"] " + part + "')?.textContent ?? ''");
	}

	private static String events(Chromium page) {
		return page.evaluate("document.querySelector('#log')?.textContent ?? ''");
	}

}
