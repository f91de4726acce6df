package io.fdwork.sample.chaos;

import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Trace}.
 */
class TraceTests {

	@Test
	void shouldJoinStepsWhenJournalsOfSeveralProcessesHaveThem() {
		List<Trace> traces = Trace.read(List.of("40 ANSWERED 0a-2 5001 12", "30 GOT 0a-2 5001 12",
				"10 ACCEPTED 0a-2 5001 11", "20 PUT 0a-2 5001 11", "50 ANSWERED 0a-2 5001 12"));
		assertThat(traces).containsExactly(new Trace("0a-2", 5001, 10, 11, 20, 30, Set.of(12L), 2));
		assertThat(traces.get(0).origin()).isEqualTo("0a");
		assertThat(traces.get(0).order()).isEqualTo(2);
	}

	@Test
	void shouldSayHowFarRequestsCameWhenStepsAreMissing() {
		assertThat(Trace.read(List.of("10 ACCEPTED 0a-1 5001 11", "10 ACCEPTED 0a-2 5002 11", "20 PUT 0a-2 5002 11")))
			.satisfiesExactlyInAnyOrder((accepted) -> assertThat(accepted.isPut()).isFalse(), (put) -> {
				assertThat(put.isPut()).isTrue();
				assertThat(put.isGot()).isFalse();
				assertThat(put.workers()).isEmpty();
			});
	}

	@Test
	void shouldKeepEveryWorkerWhenRequestWasGotTwice() {
		assertThat(Trace.read(List.of("30 GOT 0a-2 5001 12", "31 GOT 0a-2 5001 13"))).singleElement()
			.satisfies((trace) -> assertThat(trace.workers()).containsExactlyInAnyOrder(12L, 13L));
	}

	@Test
	void shouldSayWhetherWorkerLetGoWhenItDidAfterLastAnswer() {
		assertThat(Trace.read(List.of("30 GOT 0a-2 5001 12", "40 ANSWERED 0a-2 5001 12", "50 LEFT 0a-2 5001 12")))
			.containsExactly(new Trace("0a-2", 5001, 30, 0, 0, 30, Set.of(12L), 1, 50));
		assertThat(Trace.read(List.of("30 GOT 0a-2 5001 12", "60 ANSWERED 0a-2 5001 12", "50 LEFT 0a-2 5001 12")))
			.singleElement()
			.satisfies((trace) -> assertThat(trace.isLeft()).as("came back").isFalse());
	}

	@Test
	void shouldLeaveExecutionsToThoseWhoCountThem() {
		List<String> lines = List.of("30 GOT 0a-2 5001 12", "35 EXECUTED 7-0 12", "36 EXECUTED 7-0 13");
		assertThat(Trace.read(lines)).hasSize(1);
		assertThat(Execution.read(lines)).containsExactly(new Execution("7-0", 35, 12), new Execution("7-0", 36, 13));
	}

	@Test
	void shouldFailWhenStepIsNotKnown() {
		assertThatIllegalArgumentException().isThrownBy(() -> Trace.read(List.of("30 LOST 0a-2 5001 12")))
			.withMessageContaining("LOST");
	}

}
