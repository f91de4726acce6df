package io.fdwork.internal.fleet;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetState;
import io.fdwork.fleet.WorkerExit;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Fleet} whose workers, or whose log, hold something up.
 */
class FleetOutputTests extends AbstractFleetTests {

	@Test
	void shouldReplaceWorkersAtOnceWhoseOutputIsHeldByOthers() {
		readyFleet(5);
		List<FakeProcess> old = List.copyOf(this.processes);
		old.forEach((process) -> {
			process.outputHeld = true;
			process.exit(1);
		});
		step();
		assertThat(this.processes).as("the replacements").hasSize(10);
		assertThat(this.fleet.snapshot().exits()).isEmpty();
		old.forEach((process) -> process.lastLines = List.of("came late"));
		step(Duration.ofMillis(1100));
		assertThat(this.fleet.snapshot().exits()).hasSize(5)
			.allSatisfy((exit) -> assertThat(exit.lastLines()).containsExactly("came late"))
			.allSatisfy((exit) -> assertThat(exit.uptime()).isLessThan(FleetMember.SHORT_LIFE.plusSeconds(1)))
			.extracting(WorkerExit::reason)
			.containsOnly(ExitReason.CRASHED);
		step();
		assertThat(this.processes).hasSize(10);
	}

	@Test
	void shouldNoteExitAsSoonAsTheOutputHasEnded() {
		readyFleet(1);
		FakeProcess process = last();
		process.outputHeld = true;
		process.exit(1);
		step();
		assertThat(this.fleet.snapshot().exits()).isEmpty();
		process.outputHeld = false;
		step();
		assertThat(this.fleet.snapshot().exits()).hasSize(1);
	}

	@Test
	void shouldNotStartNextOneBeforeEarlyExitIsNoted() {
		fleet(1, 1);
		step();
		last().outputHeld = true;
		last().exit(1);
		step();
		assertThat(this.processes).hasSize(1);
		step(Duration.ofMillis(1100));
		assertThat(exitCount(ExitReason.EARLY)).isEqualTo(1);
		assertThat(this.processes).as("within the back-off").hasSize(1);
		step(MIN_BACKOFF);
		assertThat(this.processes).hasSize(2);
	}

	@Test
	void shouldNotStartNextOneBeforeExitSoonAfterTheStartIsNoted() {
		fleet(2, 2);
		step();
		readyAll();
		step();
		last().outputHeld = true;
		last().exit(1);
		step();
		assertThat(this.processes).hasSize(2);
		// It would be old enough now
		step(FleetMember.SHORT_LIFE);
		assertThat(exitCount(ExitReason.CRASHED)).isEqualTo(1);
		assertThat(this.fleet.snapshot().reason()).contains("An attempt to start workers failed");
		assertThat(this.processes).as("within the back-off").hasSize(2);
		step(MIN_BACKOFF);
		assertThat(this.processes).hasSize(3);
	}

	@Test
	void shouldStartNoMoreOfNewGenerationThatHasCrashed() {
		readyFleet(1);
		this.fleet.refresh(refresh("1", null));
		step();
		readyAll();
		step();
		FakeProcess crashed = last();
		crashed.outputHeld = true;
		crashed.exit(1);
		step();
		assertThat(this.processes).hasSize(2);
		step(Duration.ofMillis(1100));
		assertThat(this.fleet.snapshot().lastRefresh()).isNotNull();
		assertThat(this.fleet.snapshot().lastRefresh().completed()).isFalse();
		assertThat(this.processes).hasSize(2);
	}

	@Test
	void shouldGoOnWhenWhoIsToldHangs() throws Exception {
		this.launcher.obedient = true;
		this.observer.blocked = new CountDownLatch(1);
		fleet(1, 1);
		this.fleet.start();
		await(() -> this.processes.size() == 1);
		readyAll();
		await(() -> this.fleet.snapshot().starting() == 0);
		assertThat(this.fleet.retire(last().identity())).isTrue();
		await(() -> this.processes.size() == 2);
		readyAll();
		await(() -> this.fleet.snapshot().starting() == 0);
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
		assertThat(this.observer.exits).isEmpty();
		this.fleet.stop(Duration.ofSeconds(5));
		assertThat(this.processes).noneMatch(FakeProcess::isAlive);
		awaitNoThread();
	}

	@Test
	void shouldTellEverythingInOrderBeforeItHasStopped() throws Exception {
		this.launcher.obedient = true;
		fleet(3, 3);
		this.fleet.start();
		await(() -> this.processes.size() == 3);
		this.fleet.stop(Duration.ofSeconds(5));
		assertThat(this.observer.exits).hasSize(3);
		assertThat(this.observer.states).containsExactly(FleetState.RUNNING, FleetState.ENDING);
	}

}
