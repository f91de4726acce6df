package io.fdwork.sample.soak;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Report}.
 */
class ReportTests {

	private static final int MEGA = 1 << 20;

	private static final Figures FIGURES = new Figures(12, 60, 30, 14 * MEGA, 90 * MEGA, 180 * MEGA, 4, 0);

	private static final SoakClient.Outcome SERVED = new SoakClient.Outcome(1000, 1000, 1000, Map.of(), List.of(),
			Duration.ofSeconds(2));

	private final Snapshot start = snapshot(FIGURES, 100, 100);

	@Test
	void shouldHaveNoProblemWhenAllIsServedAndNothingIsLeft() {
		Report report = new Report(SERVED, this.start,
				snapshot(new Figures(12, 59, 31, 15 * MEGA, 91 * MEGA, 178 * MEGA, 4, 0), 1100, 1100));
		assertThat(report.problems()).isEmpty();
		assertThat(report.text()).contains("1,000 of 1,000 connections served in 2 s, 500 a second")
			.containsPattern("worker 1 +open descriptors +60 +59 +-1\n")
			.containsPattern(" +heap after full GC, MB +14.0 +15.0 +1.0\n")
			.containsPattern("queue +put +100 +1,100 +1,000\n")
			.endsWith("Everything was served, and nothing is left of it.");
	}

	@Test
	void shouldNameFailuresWhenConnectionsWereNotServed() {
		SoakClient.Outcome outcome = new SoakClient.Outcome(1000, 1000, 997, Map.of(Failure.RESET, 3),
				List.of("connection 7 RESET: Connection reset"), Duration.ofSeconds(2));
		Report report = new Report(outcome, this.start, snapshot(FIGURES, 1100, 1100));
		assertThat(report.problems()).containsExactly("Of 1,000 connections 3 were not served: {RESET=3}.");
		assertThat(report.text()).contains("connection 7 RESET").endsWith("{RESET=3}.");
	}

	@Test
	void shouldSaySoWhenTimeWasNotEnough() {
		SoakClient.Outcome outcome = new SoakClient.Outcome(1000, 900, 900, Map.of(), List.of(),
				Duration.ofSeconds(60));
		assertThat(new Report(outcome, this.start, snapshot(FIGURES, 1000, 1000)).problems())
			.containsExactly("Only 900 of 1,000 connections were made, in 60 s.");
	}

	@Test
	void shouldNameProcessWhenDescriptorsAreLeft() {
		assertThat(problems(new Figures(12, 62, 30, 14 * MEGA, 90 * MEGA, 180 * MEGA, 5, 1))).containsExactly(
				"worker 1 has 62 open descriptors, and had 60.", "fdwork owns 5 descriptors in worker 1, and owned 4.",
				"1 descriptors were leaked in worker 1.");
	}

	@Test
	void shouldNameBoundWhenHeapGrewByMore() {
		assertThat(problems(new Figures(12, 60, 30, 22 * MEGA, 90 * MEGA, 180 * MEGA, 4, 0))).isEmpty();
		assertThat(problems(new Figures(12, 60, 30, 23 * MEGA, 90 * MEGA, 180 * MEGA, 4, 0)))
			.containsExactly("The heap of worker 1 grew by 9.0 MB, which is more than 8 MB.");
	}

	@Test
	void shouldSaySoWhenProcessIsAnotherOne() {
		assertThat(problems(new Figures(13, 60, 30, 14 * MEGA, 90 * MEGA, 180 * MEGA, 4, 0))).containsExactly(
				"The processes are not the same: {daemon=11, worker 1=12}, then {daemon=11, worker 1=13}.");
	}

	@Test
	void shouldCountWhenQueueIsNotEmpty() {
		assertThat(new Report(SERVED, this.start, snapshot(FIGURES, 1100, 1099)).problems())
			.containsExactly("The queue is not empty: 1,100 put, 1,099 got, 1 in it.");
	}

	@Test
	void shouldHaveEveryFigureWhenWrittenAsJson() {
		JsonNode json = JsonMapper.shared()
			.readTree(new Report(SERVED, this.start, snapshot(FIGURES, 1100, 1100)).json());
		assertThat(json.path("served").asInt()).isEqualTo(1000);
		assertThat(json.path("problems").isEmpty()).isTrue();
		assertThat(json.at("/start/processes/worker 1/descriptors").asInt()).isEqualTo(60);
		assertThat(json.at("/end/put").asInt()).isEqualTo(1100);
	}

	private List<String> problems(Figures worker) {
		return new Report(SERVED, this.start, snapshot(worker, 1100, 1100)).problems();
	}

	private static Snapshot snapshot(Figures worker, long put, long got) {
		Map<String, Figures> processes = new LinkedHashMap<>();
		processes.put("daemon", new Figures(11, 60, 30, 14 * MEGA, 90 * MEGA, 180 * MEGA, 4, 0));
		processes.put("worker 1", worker);
		return new Snapshot(processes, put, got, put - got);
	}

}
