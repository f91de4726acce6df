package io.fdwork.internal.fleet;

import java.io.IOException;
import java.time.Duration;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.FleetState;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Fleet} whose workers do not start: it waits, and it stops.
 */
class FleetStartTests extends AbstractFleetTests {

	@Test
	void shouldWaitLongerAfterEachEarlyExitInARowUpToTheMaximum() {
		fleet(1, 1);
		step();
		for (int minutes : new int[] { 1, 2, 4, 4 }) {
			int started = this.processes.size();
			last().exit(1);
			step();
			step(Duration.ofMinutes(minutes).minus(MARGIN));
			assertThat(this.processes).as("within %s minutes", minutes).hasSize(started);
			step(MARGIN);
			assertThat(this.processes).as("after %s minutes", minutes).hasSize(started + 1);
		}
		assertThat(exitCount(ExitReason.EARLY)).isEqualTo(4);
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
	}

	@Test
	void shouldStopStartingWhenTooManyExitEarlyInARowAndGoOnWhenResumed() {
		fleet(1, 1);
		exitEarly(MAX_EARLY_EXITS);
		FleetSnapshot stopped = this.fleet.snapshot();
		assertThat(stopped.state()).isEqualTo(FleetState.STOPPED);
		assertThat(stopped.reason()).contains("5 workers in a row", "generation 1", "exited with 3", "EARLY");
		step(LONG);
		step(LONG);
		assertThat(this.processes).hasSize(MAX_EARLY_EXITS);
		this.fleet.resume();
		step();
		assertThat(this.processes).hasSize(MAX_EARLY_EXITS + 1);
		readyAll();
		step();
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
		assertThat(this.fleet.snapshot().reason()).isNull();
	}

	@Test
	void shouldKeepWorkersThatAreReadyWhenStopped() {
		readyFleet(2);
		this.processes.get(0).exit(1);
		step();
		exitEarly(MAX_EARLY_EXITS);
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.STOPPED);
		step(LONG);
		assertThat(serving()).containsExactly(this.processes.get(1));
	}

	@Test
	void shouldCountEarlyExitsFromZeroWhenWorkerWasReady() {
		fleet(1, 1);
		exitEarly(MAX_EARLY_EXITS - 1);
		step(MAX_BACKOFF);
		readyAll();
		step();
		last().exit(1);
		step();
		exitEarly(MAX_EARLY_EXITS - 1);
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
		exitEarly(1);
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.STOPPED);
	}

	@Test
	void shouldKillWorkerThatIsNotReadyInTime() {
		fleet(1, 1);
		step();
		step(START_TIMEOUT.minus(MARGIN));
		assertThat(last().killed).isFalse();
		step(MARGIN);
		assertThat(last().killed).isTrue();
		step();
		assertThat(this.fleet.snapshot().exits()).singleElement()
			.satisfies((exit) -> assertThat(exit.reason()).isEqualTo(ExitReason.START_TIMEOUT))
			.satisfies((exit) -> assertThat(exit.signal()).isEqualTo(9))
			.satisfies((exit) -> assertThat(exit.uptime()).isGreaterThanOrEqualTo(START_TIMEOUT.minus(MARGIN)));
		assertThat(this.processes).as("it waits as after an early exit").hasSize(1);
		step(MIN_BACKOFF);
		assertThat(this.processes).hasSize(2);
	}

	@Test
	void shouldStopStartingWhenNoWorkerIsEverReadyInTime() {
		fleet(1, 1);
		for (int i = 0; i < MAX_EARLY_EXITS; i++) {
			step(MAX_BACKOFF);
			step(START_TIMEOUT);
			step();
		}
		assertThat(exitCount(ExitReason.START_TIMEOUT)).isEqualTo(MAX_EARLY_EXITS);
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.STOPPED);
	}

	@Test
	void shouldStopStartingWhenProcessCannotBeStarted() {
		this.launcher.failure = new IOException("error=2, No such file or directory");
		fleet(2, 2);
		for (int i = 0; i < MAX_EARLY_EXITS; i++) {
			assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
			step(MAX_BACKOFF);
		}
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.STOPPED);
		assertThat(this.fleet.snapshot().reason()).contains("No such file or directory");
		this.launcher.failure = null;
		this.fleet.resume();
		step();
		assertThat(this.processes).hasSize(2);
	}

	@Test
	void shouldWaitWhenProcessCannotBeStartedForWantOfThread() {
		this.launcher.error = new OutOfMemoryError("unable to create native thread");
		fleet(1, 1);
		step();
		step();
		assertThat(this.launcher.launches).as("as after any other failure").isEqualTo(1);
		this.launcher.error = null;
		step(MAX_BACKOFF);
		assertThat(this.processes).hasSize(1);
	}

	@Test
	void shouldTryAgainWhenProcessCannotBeStartedForAMoment() {
		readyFleet(1);
		this.launcher.failure = new IOException("error=24, Too many open files");
		last().exit(1);
		step();
		assertThat(this.processes).hasSize(1);
		this.launcher.failure = null;
		step(MIN_BACKOFF.minus(MARGIN));
		assertThat(this.processes).as("before it is due").hasSize(1);
		step(MARGIN);
		assertThat(this.processes).hasSize(2);
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
	}

}
