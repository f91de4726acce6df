package io.fdwork.internal.fleet;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetState;
import io.fdwork.fleet.ScalingRule;
import io.fdwork.worker.WorkerState;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Fleet} and the number of its workers.
 */
class FleetScalingTests extends AbstractFleetTests {

	@Test
	void shouldReplaceCrashedWorkerWhileManyOthersAreDraining() {
		readyFleet(8);
		this.fleet.scale(1, 1);
		step();
		assertThat(serving()).hasSize(1);
		serving().get(0).exit(137);
		step();
		assertThat(starting()).hasSize(1);
	}

	@Test
	void shouldGoOnWhenRuleFails() {
		readyFleet(2);
		this.rule = (figures) -> {
			throw new IllegalStateException("As the test wants");
		};
		last().exit(1);
		step();
		assertThat(starting()).hasSize(1);
		this.rule = (figures) -> new ScalingRule.Decision(1, "as the test wants");
		this.fleet.scale(1, 2);
		readyAll();
		step();
		assertThat(serving()).hasSize(1);
	}

	@Test
	void shouldScaleUpAndDown() {
		readyFleet(1);
		this.fleet.scale(3, null);
		step();
		assertThat(this.processes).hasSize(3);
		assertThat(this.fleet.snapshot().max()).isEqualTo(3);
		readyAll();
		this.processes.get(0).active = 2;
		this.processes.get(2).active = 1;
		step();
		this.fleet.scale(1, 2);
		step();
		assertThat(this.processes.get(1).terminated).as("the one with the least in hand").isTrue();
		assertThat(serving()).hasSize(2);
		this.fleet.scale(null, 1);
		step();
		assertThat(serving()).containsExactly(this.processes.get(0));
		terminatedExit();
		step();
		step(LONG);
		assertThat(exitCount(ExitReason.SCALED_DOWN)).isEqualTo(2);
		assertThat(this.processes).hasSize(3);
		assertThat(this.fleet.snapshot().target()).isEqualTo(1);
	}

	@Test
	void shouldFollowTheRuleBetweenItsBounds() {
		this.rule = (figures) -> new ScalingRule.Decision(100, "as the test wants");
		fleet(1, 3);
		step();
		assertThat(this.processes).hasSize(3);
		readyAll();
		this.rule = (figures) -> new ScalingRule.Decision(-1, "as the test wants");
		// The fleet has the first one
		this.fleet.scale(1, 1);
		step();
		assertThat(serving()).hasSize(1);
	}

	@Test
	void shouldTellRuleHowManyPermitsAreInUse() {
		AtomicLong active = new AtomicLong();
		this.rule = (figures) -> {
			active.set(figures.active());
			return new ScalingRule.Decision(2, "as the test wants");
		};
		fleet(2, 2);
		step();
		readyAll();
		this.processes.get(0).active = 100;
		this.processes.get(0).busy = 1;
		this.processes.get(1).active = 3;
		step();
		step(LONG);
		assertThat(active).as("one of a hundred, and three of an earlier version").hasValue(4);
	}

	@Test
	void shouldRefuseBoundsWithNothingBetween() {
		fleet(1, 3);
		assertThatIllegalArgumentException().isThrownBy(() -> this.fleet.scale(4, 3)).withMessageContaining("min=4");
		assertThatIllegalArgumentException().isThrownBy(() -> this.fleet.scale(-1, null));
		assertThatIllegalArgumentException().isThrownBy(() -> this.fleet.scale(0, 0)).withMessageContaining("max=0");
		assertThat(this.fleet.snapshot().min()).isEqualTo(1);
		assertThat(this.fleet.snapshot().max()).isEqualTo(3);
	}

	@Test
	void shouldKeepTargetWhileQuiesced() {
		this.rule = (figures) -> new ScalingRule.Decision((figures.target() == 0) ? 2 : 0, "as the test wants");
		fleet(0, 2);
		step();
		assertThat(this.processes).hasSize(2);
		this.processes.forEach((process) -> process.state = WorkerState.QUIESCED);
		this.fleet.quiesce();
		this.fleet.quiesce();
		step();
		step(LONG);
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.QUIESCED);
		assertThat(this.fleet.snapshot().target()).isEqualTo(2);
		assertThat(this.fleet.snapshot().starting()).as("a quiesced worker has started").isZero();
		assertThat(serving()).hasSize(2);
		this.processes.get(0).exit(1);
		step();
		assertThat(this.processes).as("a crashed one is replaced").hasSize(3);
		this.fleet.resume();
		step();
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
		assertThat(this.fleet.snapshot().target()).isZero();
		assertThat(serving()).isEmpty();
	}

	@Test
	void shouldStartFromZeroForRequestAndGoBackToZero() {
		this.rule = Fleet.goal(Duration.ofMillis(100), Duration.ofMinutes(1));
		fleet(0, 2);
		step();
		step(LONG);
		assertThat(this.processes).isEmpty();
		this.queued = 1;
		step();
		assertThat(this.processes).hasSize(1);
		step();
		assertThat(this.processes).hasSize(1);
		readyAll();
		this.queued = 0;
		this.got = 1;
		step();
		step(Duration.ofMinutes(1).minus(MARGIN));
		assertThat(serving()).hasSize(1);
		step(Duration.ofMinutes(1));
		step(Duration.ofMinutes(1));
		assertThat(serving()).isEmpty();
		terminatedExit();
		step();
		assertThat(exitCount(ExitReason.SCALED_DOWN)).isEqualTo(1);
		assertThat(this.fleet.snapshot().target()).isZero();
		this.queued = 1;
		step();
		assertThat(this.processes).hasSize(2);
	}

}
