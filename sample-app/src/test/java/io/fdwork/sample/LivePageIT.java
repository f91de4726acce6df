package io.fdwork.sample;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

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
				Await.until(() -> answers(page, first.pid()) >= 5 && answers(page, second.pid()) >= 5);
				assertThat(events(page)).contains("new worker " + first.pid(), "new worker " + second.pid());
				assertThat(state(page, first.pid())).isEqualTo("answers");

				first.kill();
				Await.until(() -> events(page).contains("worker " + first.pid() + " gone"));
				assertThat(state(page, first.pid())).isEqualTo("gone");
				assertThat(state(page, second.pid())).isEqualTo("answers");

				ForkedJvm third = fleet.startWorker();
				Await.until(() -> answers(page, third.pid()) >= 5);
				assertThat(events(page)).contains("new worker " + third.pid());
			}
		}
	}

	/**
	 * Leaves the picture of the documentation.
	 */
	@Test
	void shouldShowRefreshThatGoesThrough() throws Exception {
		assumeThat(Chromium.isInstalled()).as("the package chromium is installed").isTrue();
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			fleet.startDaemon("--fdwork.daemon.fleet.min=2");
			Await.until(() -> fleet.workers("READY").size() == 2);
			List<Long> before = fleet.workers("READY");
			try (Chromium page = new Chromium("http://127.0.0.1:" + fleet.port() + "/")) {
				Await.until(() -> before.stream().allMatch((pid) -> answers(page, pid) >= 20));
				assertThat(fleet.operate("refresh", "{}").statusCode()).isEqualTo(200);
				Await.until(() -> fleet.state()
					.path("fleet")
					.path("lastRefresh")
					.path("outcome")
					.asString("")
					.equals("COMPLETED"));
				List<Long> after = fleet.workers("READY");
				assertThat(after).hasSize(2).doesNotContainAnyElementsOf(before);
				Await.until(() -> after.stream().allMatch((pid) -> answers(page, pid) >= 20)
						&& before.stream().allMatch((pid) -> state(page, pid).equals("gone")));
				Files.write(Path.of("target", "live-page.png"), Base64.getDecoder().decode(page.screenshot()));
			}
		}
	}

	private static int answers(Chromium page, long worker) {
		String count = text(page, worker, ".count");
		return (count.isEmpty()) ? 0 : Integer.parseInt(count);
	}

	private static String state(Chromium page, long worker) {
		return text(page, worker, ".state");
	}

	private static String text(Chromium page, long worker, String part) {
		return page
			.evaluate("document.querySelector('[data-worker=\"" + worker + "\"] " + part + "')?.textContent ?? ''");
	}

	private static String events(Chromium page) {
		return page.evaluate("document.querySelector('#log')?.textContent ?? ''");
	}

}
