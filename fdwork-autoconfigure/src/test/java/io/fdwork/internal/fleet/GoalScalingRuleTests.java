package io.fdwork.internal.fleet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.fdwork.fleet.ScalingFigures;
import io.fdwork.fleet.ScalingRule;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link GoalScalingRule}, with loads that are made up and a time that is told.
 */
class GoalScalingRuleTests {

	private static final Duration STEP = Duration.ofMillis(50);

	private static final Duration IDLE_TIME = Duration.ofSeconds(10);

	private static final int CONCURRENCY = 2;

	private final GoalScalingRule rule = new GoalScalingRule(Duration.ofMillis(100), IDLE_TIME);

	private final List<Integer> targets = new ArrayList<>();

	private final int min = 1;

	private final int max = 8;

	private int target = 1;

	private int ready = 1;

	private long nanos = -Duration.ofSeconds(3).toNanos();

	private long got;

	@Test
	void shouldGrowByHalfToMaximumAndShrinkToMinimumWhenLoadComesAndGoes() {
		run(Duration.ofSeconds(5), 1, 0, 0);
		assertThat(this.targets).isEmpty();
		runBusy(Duration.ofSeconds(20));
		assertThat(this.targets).containsExactly(2, 3, 4, 6, 8);
		this.targets.clear();
		run(IDLE_TIME.minusSeconds(1), 1, 0, 0);
		assertThat(this.targets).as("within the idle time").isEmpty();
		run(IDLE_TIME.multipliedBy(2), 1, 0, 0);
		assertThat(this.targets).containsExactly(1);
	}

	@Test
	void shouldShrinkToWhatTheBusiestMomentNeeded() {
		this.target = 8;
		this.ready = 8;
		run(Duration.ofSeconds(5), 1, 0, 0);
		run(STEP, 5, 0, 0);
		run(Duration.ofSeconds(6), 1, 0, 0);
		assertThat(this.targets).as("5 works at a utilisation of 0.7 of 2").containsExactly(4);
	}

	@Test
	void shouldDecideNothingWhenLoadIsNoise() {
		Random random = new Random(42);
		this.target = 4;
		this.ready = 4;
		for (int i = 0; i < 10_000; i++) {
			boolean full = random.nextInt(4) == 0;
			// Enough at times that fewer would not do, and
			// short of workers for less than a second
			run(STEP, (full) ? 8 : random.nextInt(8), (full) ? random.nextInt(3) : 0, random.nextInt(200));
		}
		assertThat(this.targets).isEmpty();
	}

	@Test
	void shouldNotGrowWhenRequestsWaitForLessThanTheGoal() {
		run(Duration.ofMinutes(1), CONCURRENCY, 3, 100);
		assertThat(this.targets).isEmpty();
	}

	@Test
	void shouldNotGrowWhenWorkersHaveRoom() {
		run(Duration.ofMinutes(1), CONCURRENCY - 1, 3, 5000);
		assertThat(this.targets).isEmpty();
	}

	@Test
	void shouldGrowOnlyWhenTheNeedLasts() {
		for (int i = 0; i < 20; i++) {
			run(Duration.ofMillis(950), CONCURRENCY, 3, 500);
			run(STEP, CONCURRENCY, 0, 500);
		}
		assertThat(this.targets).isEmpty();
		run(Duration.ofMillis(1050), CONCURRENCY, 3, 500);
		assertThat(this.targets).containsExactly(2);
	}

	@Test
	void shouldWaitForWorkersItAskedForBeforeItGrowsAgain() {
		run(Duration.ofMillis(1050), CONCURRENCY, 3, 500);
		assertThat(this.targets).containsExactly(2);
		this.ready = 1;
		runAsIs(Duration.ofMinutes(5), CONCURRENCY, 3, 5000);
		assertThat(this.targets).as("while the second one starts").containsExactly(2);
		this.ready = 2;
		runAsIs(Duration.ofSeconds(2), 2 * CONCURRENCY, 3, 5000);
		assertThat(this.targets).containsExactly(2, 3);
	}

	@Test
	void shouldNotShrinkWhileWorkersStart() {
		this.target = 4;
		this.ready = 3;
		runAsIs(IDLE_TIME.multipliedBy(3), 0, 0, 0);
		assertThat(this.targets).isEmpty();
		this.ready = 4;
		runAsIs(IDLE_TIME.minusSeconds(1), 0, 0, 0);
		assertThat(this.targets).isEmpty();
	}

	@Test
	void shouldSayWhy() {
		this.rule.decide(figures(1, CONCURRENCY, 3, 1234));
		this.nanos += Duration.ofSeconds(1).toNanos();
		ScalingRule.Decision decision = this.rule.decide(figures(1, CONCURRENCY, 3, 1234));
		assertThat(decision.target()).isEqualTo(2);
		assertThat(decision.reason()).contains("1234 ms", "2 of 2");
	}

	@Test
	void shouldGoToZeroOnlyWhenNothingWasGot() {
		decideAt(Duration.ZERO, 0);
		this.got = 1;
		assertThat(decideAt(IDLE_TIME, 0)).as("something was served in between").isEqualTo(1);
		assertThat(decideAt(IDLE_TIME, 0)).isZero();
	}

	@Test
	void shouldStartOneWhenRequestWaitsAndThereIsNone() {
		this.target = 0;
		this.ready = 0;
		assertThat(decideAt(IDLE_TIME, 0)).isZero();
		assertThat(decideAt(IDLE_TIME, 1)).isEqualTo(1);
	}

	private int decideAt(Duration later, long queued) {
		this.nanos += later.toNanos();
		return this.rule.decide(figures(0, 0, queued, 0)).target();
	}

	/**
	 * Decide for a while with all workers busy.
	 */
	private void runBusy(Duration duration) {
		for (long end = this.nanos + duration.toNanos(); this.nanos < end;) {
			run(STEP, this.ready * CONCURRENCY, 5, 500);
		}
	}

	/**
	 * Decide for a while, in which workers are ready as soon as they are wanted.
	 */
	private void run(Duration duration, int active, long queued, long waitMillis) {
		for (long end = this.nanos + duration.toNanos(); this.nanos < end;) {
			runAsIs(STEP, active, queued, waitMillis);
			this.ready = this.target;
		}
	}

	private void runAsIs(Duration duration, int active, long queued, long waitMillis) {
		for (long end = this.nanos + duration.toNanos(); this.nanos < end; this.nanos += STEP.toNanos()) {
			this.got++;
			int decided = this.rule.decide(figures(this.min, active, queued, waitMillis)).target();
			if (decided != this.target) {
				this.target = decided;
				this.targets.add(decided);
			}
		}
	}

	private ScalingFigures figures(int min, int active, long queued, long waitMillis) {
		return new ScalingFigures(this.nanos, min, this.max, this.target, this.ready,
				Math.max(0, this.target - this.ready), active, (long) this.ready * CONCURRENCY, queued,
				Duration.ofMillis(waitMillis), this.got);
	}

}
