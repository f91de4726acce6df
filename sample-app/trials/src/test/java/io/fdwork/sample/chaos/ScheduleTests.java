package io.fdwork.sample.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Schedule}.
 */
class ScheduleTests {

	@Test
	void shouldGiveTheSameStepsWhenSeedIsTheSame() {
		assertThat(steps(7)).isEqualTo(steps(7)).isNotEqualTo(steps(8));
	}

	@Test
	void shouldGiveEveryKindOnceBeforeAnyComesAgain() {
		List<Step.Kind> kinds = steps(7).stream().map(Step::kind).toList();
		int round = Step.Kind.values().length;
		assertThat(kinds.subList(0, round)).containsExactlyInAnyOrder(Step.Kind.values());
		assertThat(kinds.subList(round, 2 * round)).containsExactlyInAnyOrder(Step.Kind.values())
			.isNotEqualTo(kinds.subList(0, round));
	}

	@Test
	void shouldBoundTimesAndVictims() {
		assertThat(steps(7)).allSatisfy((step) -> {
			assertThat(step.victim()).isNotNegative();
			assertThat(step.hold()).isBetween(Duration.ZERO, Duration.ofSeconds(3));
			assertThat(step.rest()).isBetween(Duration.ZERO, Duration.ofSeconds(2));
		});
		assertThat(steps(7)).extracting(Step::hold).contains(Duration.ZERO).anyMatch((hold) -> !hold.isZero());
	}

	@Test
	void shouldGiveChosenKindsAloneWhenSomeAreChosen() {
		List<Step> steps = steps(7, List.of(Step.Kind.KILL_WORKER));
		assertThat(steps).extracting(Step::kind).containsOnly(Step.Kind.KILL_WORKER);
		assertThat(steps).extracting(Step::victim).doesNotHaveDuplicates();
	}

	@Test
	void shouldGiveTheSameStepsWhenKindsAreInAnotherOrder() {
		assertThat(steps(7, List.of(Step.Kind.KILL_WORKER, Step.Kind.KILL_DAEMON)))
			.isEqualTo(steps(7, List.of(Step.Kind.KILL_DAEMON, Step.Kind.KILL_WORKER)));
	}

	private static List<Step> steps(long seed) {
		return steps(seed, List.of(Step.Kind.values()));
	}

	private static List<Step> steps(long seed, List<Step.Kind> kinds) {
		Schedule schedule = new Schedule(seed, kinds);
		return new ArrayList<>(Stream.generate(schedule::next).limit(4L * Step.Kind.values().length).toList());
	}

}
