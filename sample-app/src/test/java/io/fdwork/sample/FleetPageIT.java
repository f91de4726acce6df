package io.fdwork.sample;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Chromium;
import io.fdwork.sample.fixture.Chromium.Key;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The page of the fleet in a browser, with a fleet that serves.
 */
@Tag("long")
@Timeout(600)
class FleetPageIT {

	private static final String HOSTILE = "<i id=injected>x";

	private static final int TABS = 200;

	@Test
	void shouldShowAndOperateFleetByKeyboard() throws Exception {
		assumeThat(Chromium.isInstalled()).as("the package chromium is installed").isTrue();
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			ForkedJvm daemon = fleet.startDaemon("--fdwork.daemon.fleet.min=2", "--fdwork.daemon.fleet.max=2");
			Await.until(() -> fleet.workers("READY").size() == 2);
			try (Client.Load load = new Client.Load(fleet.port(), "/work?millis=20", 2);
					Chromium page = new Chromium("about:blank")) {
				load.awaitServed(10);
				try {
					shouldShowAndOperate(page, fleet, daemon);
				}
				catch (AssertionError ex) {
					throw new AssertionError("The page says: " + page.evaluate("document.body.innerText"), ex);
				}
			}
		}
	}

	private static void shouldShowAndOperate(Chromium page, ForkedFleet fleet, ForkedJvm daemon) throws Exception {
		String address = "http://127.0.0.1:" + fleet.managementPort() + "/actuator/fdwork";
		shouldNotObeyFormOfOtherSite(page, fleet, address);
		shouldNotObeySiteWhoseNameLeadsHere(page, fleet);
		page.emulate(1280, 900, "light");
		page.open(address + "/page");
		List<Long> first = fleet.workers("READY");
		Await.until(() -> rows(page).equals(first));
		Await.until(() -> first.stream().allMatch((pid) -> cell(page, pid, "Rate").matches("[1-9][0-9.,]*/s")));
		assertThat(text(page, "#freshness")).isEqualTo("Live");
		assertThat(text(page, "#state")).isEqualTo("Running");
		assertThat(cell(page, first.get(0), "State")).isEqualTo("Ready");
		assertThat(cell(page, first.get(0), "Heap")).matches("[0-9,]+ of [0-9,]+ MB");
		shouldRefresh(page, fleet, first);
		shouldRetireOnlyWhenConfirmed(page, fleet);
		shouldShowKill(page, fleet);
		shouldShowStoppedFleet(page, fleet);
		shouldShowNamesAsText(page, fleet);
		leavePictures(page);
		assertThat(page.evaluate("JSON.stringify(performance.getEntriesByType('resource')"
				+ ".map((entry) => new URL(entry.name).origin).filter((origin) => origin !== location.origin))"))
			.as("what is asked of others")
			.isEqualTo("[]");
		daemon.kill();
		Await.until(() -> text(page, "#freshness").startsWith("No answer for"));
		Await.until(() -> text(page, "#notices").contains("The daemon cannot be reached"));
	}

	private static void shouldNotObeyFormOfOtherSite(Chromium page, ForkedFleet fleet, String address) {
		page.open("data:text/html,<form method=post action='" + address + "/quiesce'></form>");
		Await.until(() -> page.evaluate("String(document.forms.length)").equals("1"));
		page.evaluate("document.forms[0].submit(); ''");
		Await.until(() -> page.evaluate("document.body ? document.body.innerText : ''").contains("\"error\""));
		page.open("data:text/html,<p>other");
		Await.until(() -> page.evaluate("document.body ? document.body.innerText : ''").equals("other"));
		page.evaluate("fetch('" + address + "/quiesce', { method: 'POST', mode: 'no-cors' })"
				+ ".finally(() => document.body.append(' asked')); ''");
		Await.until(() -> page.evaluate("document.body.innerText").contains("asked"));
		page.evaluate("fetch('" + address + "/quiesce', { method: 'POST', body: '{}', headers: "
				+ "{ 'Content-Type': 'application/json' } }).catch(() => document.body.append(' in vain')); ''");
		Await.until(() -> page.evaluate("document.body.innerText").contains("in vain"));
		assertThat(fleet.state().at("/fleet/state").asString()).isEqualTo("RUNNING");
	}

	private static void shouldNotObeySiteWhoseNameLeadsHere(Chromium page, ForkedFleet fleet) {
		page.open("http://" + Chromium.NAME_OF_THIS_MACHINE + ":" + fleet.managementPort() + "/actuator/fdwork/page");
		Await.until(() -> text(page, "#freshness").equals("Live"));
		page.evaluate("fetch('../fdwork/quiesce', { method: 'POST', body: '{}', headers: "
				+ "{ 'Content-Type': 'application/json' } }).then((answer) => answer.text())"
				+ ".then((answer) => { document.body.dataset.answer = answer; }); ''");
		Await.until(() -> page.evaluate("document.body.dataset.answer ?? ''").contains("fdwork.daemon.page.hosts"));
		assertThat(fleet.state().at("/fleet/state").asString()).isEqualTo("RUNNING");
	}

	private static void shouldRefresh(Chromium page, ForkedFleet fleet, List<Long> before) {
		tabTo(page, "Refresh…");
		page.press(Key.ENTER);
		Await.until(() -> page.evaluate("document.activeElement.name ?? ''").equals("jar"));
		page.press(Key.ENTER);
		Await.until(() -> text(page, "#state").equals("Refreshing"));
		Await.until(() -> text(page, "#log").contains("Refresh to generation 2 completed"));
		assertThat(page.evaluate("document.activeElement.textContent")).as("the focus").isEqualTo("Refresh…");
		List<Long> after = fleet.workers("READY");
		Await.until(() -> rows(page).equals(after));
		assertThat(after).hasSize(2).doesNotContainAnyElementsOf(before);
		assertThat(text(page, "#log")).contains("worker-" + before.get(0) + " left", "worker-" + after.get(0));
		Await.until(() -> text(page, "#exit-counts").equals("2 refreshed"));
		assertThat(cell(page, after.get(0), "Generation")).isEqualTo("2");
		assertThat(text(page, "#refresh")).contains("All workers are of generation 2.", "was completed");
	}

	private static void shouldRetireOnlyWhenConfirmed(Chromium page, ForkedFleet fleet) {
		List<Long> workers = fleet.workers("READY");
		long worker = workers.get(0);
		tabTo(page, "Retire worker-" + worker);
		page.press(Key.ENTER);
		Await.until(() -> page.evaluate("document.activeElement.textContent").equals("Cancel"));
		assertThat(text(page, "dialog")).contains("Another one takes its place");
		page.press(Key.ESCAPE);
		Await.until(() -> page.evaluate("String(document.querySelector('dialog').open)").equals("false"));
		assertThat(page.evaluate("document.activeElement.getAttribute('aria-label')"))
			.isEqualTo("Retire worker-" + worker);
		assertThat(fleet.workers("READY")).isEqualTo(workers);

		page.press(Key.ENTER);
		Await.until(() -> page.evaluate("document.activeElement.textContent").equals("Cancel"));
		page.press(Key.TAB);
		page.press(Key.ENTER);
		Await.until(() -> text(page, "#exit-counts").equals("2 refreshed, 1 retired"));
		Await.until(() -> rows(page).size() == 2 && !rows(page).contains(worker));
	}

	private static void shouldShowKill(Chromium page, ForkedFleet fleet) {
		Await.until(() -> fleet.workers("READY").size() == 2);
		long victim = fleet.workers("READY").get(1);
		ProcessHandle.of(victim).orElseThrow().destroyForcibly();
		Await.until(() -> text(page, "#exits-body li").contains("Crashed"));
		assertThat(text(page, "#exits-body li")).contains("Worker " + victim, "signal 9", "generation 2");
		assertThat(text(page, "#log")).contains("Worker " + victim + " ended: crashed, signal 9");
		Await.until(() -> rows(page).size() == 2 && !rows(page).contains(victim));
	}

	private static void shouldShowStoppedFleet(Chromium page, ForkedFleet fleet) {
		tabTo(page, "Stop starting…");
		page.press(Key.ENTER);
		confirm(page);
		Await.until(() -> text(page, "#state").equals("Stopped"));
		assertThat(fleet.state().at("/fleet/state").asString()).isEqualTo("STOPPED");
		long victim = fleet.workers("READY").get(0);
		ProcessHandle.of(victim).orElseThrow().destroyForcibly();
		Await.until(() -> rows(page).size() == 1 && !rows(page).contains(victim));
		assertThat(text(page, "#tiles")).contains("1 of 2");
		tabTo(page, "Resume…");
		page.press(Key.ENTER);
		confirm(page);
		Await.until(() -> text(page, "#state").equals("Running"));
		Await.until(() -> fleet.workers("READY").size() == 2 && rows(page).equals(fleet.workers("READY")));

		tabTo(page, "Scale…");
		page.press(Key.ENTER);
		Await.until(() -> page.evaluate("document.activeElement.name ?? ''").equals("min"));
		page.evaluate("document.activeElement.value = '-1'; ''");
		page.press(Key.ENTER);
		Await.until(() -> text(page, ".error").equals("min is a number of 0 or more, not '-1'"));
		page.press(Key.ESCAPE);
	}

	private static void shouldShowNamesAsText(Chromium page, ForkedFleet fleet) throws Exception {
		ForkedJvm worker = fleet.startWorker("--fdwork.worker.name=" + HOSTILE);
		Await.until(() -> worker.requireAlive() && cell(page, worker.pid(), "Worker").contains(HOSTILE));
		assertThat(page.evaluate("String(document.querySelector('#injected'))")).isEqualTo("null");
	}

	private static void confirm(Chromium page) {
		Await.until(() -> page.evaluate("document.activeElement.textContent").equals("Cancel"));
		page.press(Key.TAB);
		page.press(Key.ENTER);
	}

	/**
	 * Leaves pictures to look at.
	 */
	private static void leavePictures(Chromium page) throws Exception {
		for (String scheme : List.of("light", "dark")) {
			for (int width : new int[] { 1280, 390 }) {
				page.emulate(width, (width == 390) ? 844 : 1000, scheme);
				page.evaluate("scrollTo(0, 0); ''");
				assertThat(page.evaluate("String(document.documentElement.scrollWidth)")).as("nothing beside the page")
					.isEqualTo(String.valueOf(width));
				Files.write(Path.of("target", "fleet-page-" + width + "-" + scheme + ".png"),
						Base64.getDecoder().decode(page.screenshot()));
			}
		}
	}

	/**
	 * As somebody does who has no mouse.
	 */
	private static void tabTo(Chromium page, String name) {
		List<String> passed = new ArrayList<>();
		for (int i = 0; i < TABS; i++) {
			page.press(Key.TAB);
			String focused = page.evaluate("document.activeElement.getAttribute('aria-label') "
					+ "?? (document.activeElement === document.body ? 'the end' : document.activeElement.textContent)");
			if (focused.equals(name)) {
				return;
			}
			passed.add(focused);
		}
		throw new AssertionError("There is no " + name + " among " + passed);
	}

	private static List<Long> rows(Chromium page) {
		String pids = page.evaluate(
				"[...document.querySelectorAll('#workers tr[data-worker]')].map((row) => row.dataset.worker).join(' ')");
		return (pids.isEmpty()) ? List.of() : List.of(pids.split(" ")).stream().map(Long::valueOf).sorted().toList();
	}

	private static String cell(Chromium page, long worker, String column) {
		return page.evaluate("document.querySelector('#workers tr[data-worker=\"" + worker + "\"] [data-label=\""
				+ column + "\"]')?.textContent ?? ''");
	}

	private static String text(Chromium page, String selector) {
		return page.evaluate("document.querySelector('" + selector + "')?.textContent ?? ''");
	}

}
