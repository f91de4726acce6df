package io.fdwork.internal.fleet;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.FleetState;
import io.fdwork.fleet.ScalingRule;
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
		exitEarly(MAX_START_FAILURES);
		FleetSnapshot stopped = this.fleet.snapshot();
		assertThat(stopped.state()).isEqualTo(FleetState.STOPPED);
		assertThat(stopped.reason()).contains("5 attempts in a row", "generation 1", "exited with 3", "EARLY");
		step(LONG);
		step(LONG);
		assertThat(this.processes).hasSize(MAX_START_FAILURES);
		this.fleet.resume();
		step();
		assertThat(this.processes).hasSize(MAX_START_FAILURES + 1);
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
		exitEarly(MAX_START_FAILURES);
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.STOPPED);
		step(LONG);
		assertThat(serving()).containsExactly(this.processes.get(1));
	}

	@Test
	void shouldCountEarlyExitsFromZeroWhenWorkerWasReady() {
		fleet(1, 1);
		exitEarly(MAX_START_FAILURES - 1);
		step(MAX_BACKOFF);
		readyAll();
		step();
		step(FleetMember.SHORT_LIFE);
		last().exit(1);
		step();
		exitEarly(MAX_START_FAILURES - 1);
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
		for (int i = 0; i < MAX_START_FAILURES; i++) {
			step(MAX_BACKOFF);
			step(START_TIMEOUT);
			step();
		}
		assertThat(exitCount(ExitReason.START_TIMEOUT)).isEqualTo(MAX_START_FAILURES);
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.STOPPED);
	}

	@Test
	void shouldStopStartingWhenProcessCannotBeStarted() {
		this.launcher.failure = new IOException("error=2, No such file or directory");
		fleet(2, 2);
		for (int i = 0; i < MAX_START_FAILURES; i++) {
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

	@Test
	void shouldCountWorkersThatAreStartedTogetherAsOneAttempt() {
		fleet(10, 10);
		step();
		List<FakeProcess> first = List.copyOf(this.processes);
		first.forEach((process) -> process.exit(1));
		step();
		FleetSnapshot snapshot = this.fleet.snapshot();
		assertThat(snapshot.state()).isEqualTo(FleetState.RUNNING);
		assertThat(snapshot.reason()).contains("An attempt to start workers failed, the next one comes at 20",
				"The last: Worker", "exited with 1");
		step(MIN_BACKOFF);
		assertThat(this.processes).hasSize(20);
		assertThat(this.fleet.snapshot().reason()).contains("the next one is under way");
	}

	@Test
	void shouldNotWaitLongerWhenOthersOfTheAttemptFailLater() {
		fleet(3, 3);
		step();
		this.processes.get(0).exit(1);
		step();
		step(MIN_BACKOFF.minus(MARGIN));
		this.processes.get(1).exit(1);
		step();
		assertThat(this.processes).hasSize(3);
		step(MARGIN);
		assertThat(this.processes).as("of the first failure on").hasSize(5);
		this.processes.get(2).exit(1);
		step();
		assertThat(this.processes).as("nor a slow one of that attempt").hasSize(6);
		this.processes.get(3).exit(1);
		step();
		assertThat(this.fleet.snapshot().reason()).startsWith("2 attempts in a row");
		step(MIN_BACKOFF.multipliedBy(2).minus(MARGIN));
		assertThat(this.processes).hasSize(6);
		step(MARGIN);
		assertThat(this.processes).hasSize(7);
	}

	@Test
	void shouldGoOnTryingForeverUnlessTold() {
		fleet(3, 3, null);
		for (int i = 0; i < 100; i++) {
			step(MAX_BACKOFF);
			assertThat(starting()).hasSize(3);
			starting().forEach((process) -> process.exit(1));
			step();
		}
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
		assertThat(this.fleet.snapshot().reason()).startsWith("100 attempts in a row");
		step(MAX_BACKOFF.minus(MARGIN));
		assertThat(starting()).isEmpty();
		step(MARGIN);
		readyAll();
		step();
		assertThat(serving()).as("one back-off after the cause has gone").hasSize(3);
		step(FleetMember.SHORT_LIFE);
		assertThat(this.fleet.snapshot().reason()).isNull();
	}

	@Test
	void shouldNotCountOnStartsOnDemandWhileWorkersDoNotStart() {
		fleet(0, 1, null);
		this.rule = (figures) -> new ScalingRule.Decision(1, "as the test wants");
		assertThat(this.fleet.snapshot().startsOnDemand()).isTrue();
		exitEarly(2);
		assertThat(this.fleet.snapshot().startsOnDemand()).isFalse();
		step(MAX_BACKOFF);
		readyAll();
		step();
		step(FleetMember.SHORT_LIFE);
		assertThat(this.fleet.snapshot().startsOnDemand()).isTrue();
	}

	@Test
	void shouldHaveNoReasonWhenNobodyIsMissingAnyMore() {
		readyFleet(1);
		this.fleet.scale(2, 2);
		step();
		last().exit(1);
		step();
		assertThat(this.fleet.snapshot().reason()).isNotNull();
		this.fleet.scale(1, 1);
		step();
		assertThat(this.fleet.snapshot().reason()).isNull();
	}

	@Test
	void shouldWaitBeforeItReplacesWorkersThatEndSoonAfterTheyAreReady() {
		fleet(2, 2);
		step();
		for (int minutes : new int[] { 1, 2, 4 }) {
			readyAll();
			step();
			step(FleetMember.SHORT_LIFE.dividedBy(2));
			int started = this.processes.size();
			alive().forEach((process) -> process.exit(1));
			step();
			step(Duration.ofMinutes(minutes).minus(MARGIN));
			assertThat(this.processes).as("within %s minutes", minutes).hasSize(started);
			step(MARGIN);
			assertThat(this.processes).as("after %s minutes", minutes).hasSize(started + 2);
		}
		assertThat(exitCount(ExitReason.CRASHED)).isEqualTo(6);
		readyAll();
		step();
		step(FleetMember.SHORT_LIFE);
		last().exit(1);
		step();
		assertThat(starting()).as("at once").hasSize(1);
		assertThat(this.fleet.snapshot().reason()).isNull();
	}

	@Test
	void shouldStartNothingWhenStoppedUntilItIsResumed() {
		readyFleet(2);
		this.fleet.stopStarting();
		this.fleet.stopStarting();
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.STOPPED);
		assertThat(this.fleet.snapshot().reason()).contains("told to start no more");
		this.processes.get(0).exit(1);
		step();
		step(LONG);
		assertThat(this.processes).hasSize(2);
		assertThat(serving()).containsExactly(this.processes.get(1));
		this.fleet.resume();
		step();
		assertThat(this.processes).hasSize(3);
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
		assertThat(this.fleet.snapshot().reason()).isNull();
	}

	@Test
	void shouldStartAgainWhenRefreshedAfterItWasStopped() {
		readyFleet(1);
		this.fleet.stopStarting();
		this.fleet.refresh(new RefreshRequest(RefreshRequest.Batch.ONE, null, null));
		step();
		finishRefresh(1);
		assertRefreshed(2);
	}

}
