package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.FleetState;
import io.fdwork.worker.WorkerState;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Fleet} that is refreshed, or not after all.
 */
class FleetRefreshTests extends AbstractFleetTests {

	@Test
	void shouldRefuseRefreshWhenJarOfTheLastOneHasGone() {
		readyFleet(1);
		Path jar = Path.of("/new.jar");
		this.fleet.refresh(refresh("1", jar));
		finishRefresh(1);
		assertRefreshed(2);
		this.launcher.missing.add(jar);
		assertThatIllegalArgumentException().isThrownBy(() -> this.fleet.refresh(refresh("1", null)))
			.withMessageContaining("/new.jar");
		assertThat(this.fleet.snapshot().generation()).isEqualTo(2);
	}

	@Test
	void shouldRefreshOneByOne() {
		readyFleet(3);
		List<FakeProcess> old = List.copyOf(this.processes);
		this.fleet.refresh(refresh("1", null));
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.REFRESHING);
		step();
		step(START_TIMEOUT.minus(MARGIN));
		assertThat(this.processes).as("one is starting").hasSize(4);
		assertThat(old).as("before it is ready").noneMatch((process) -> process.terminated);
		readyAll();
		step();
		step(FleetMember.BAKE_TIME.minusSeconds(1));
		assertThat(old).as("before it has stayed so").noneMatch((process) -> process.terminated);
		assertThat(this.processes).as("nor comes the next one").hasSize(4);
		step(Duration.ofSeconds(1));
		assertThat(old).filteredOn((process) -> process.terminated).hasSize(1);
		assertThat(serving()).hasSize(3);
		assertThat(finishRefresh(3)).as("most that are starting at a time").isEqualTo(1);
		assertThat(old).noneMatch(FakeProcess::isAlive);
		assertThat(serving()).hasSize(3).allMatch((process) -> process.membership.generation() == 2);
		assertThat(this.processes).hasSize(6);
		assertThat(exitCount(ExitReason.REFRESHED)).isEqualTo(3);
		assertThat(this.fleet.snapshot().generation()).isEqualTo(2);
		assertRefreshed(2);
	}

	@Test
	void shouldRefreshBatchByBatch() {
		readyFleet(4);
		this.fleet.refresh(refresh("50%", null));
		assertThat(finishRefresh(4)).as("most that are starting at a time").isEqualTo(2);
		assertThat(serving()).hasSize(4).allMatch((process) -> process.membership.generation() == 2);
		assertThat(this.processes).hasSize(8);
		assertRefreshed(2);
	}

	@Test
	void shouldStartNextWorkerWhileLastOneProvesItselfUnlessThereWouldBeTooMany() {
		readyFleet(3, 5);
		List<FakeProcess> old = List.copyOf(this.processes);
		this.fleet.refresh(refresh("1", null));
		step();
		assertThat(this.processes).hasSize(4);
		step();
		assertThat(this.processes).as("while one starts").hasSize(4);
		readyAll();
		step();
		assertThat(starting()).as("while the one before proves itself").hasSize(1);
		assertThat(old).noneMatch((process) -> process.terminated);
		readyAll();
		step();
		assertThat(this.processes).as("while two prove themselves").hasSize(5);
		prove();
		assertThat(old).filteredOn((process) -> process.terminated).hasSize(2);
		step();
		assertThat(alive()).as("max and a batch").hasSize(6);
		readyAll();
		prove();
		prove();
		terminatedExit();
		step();
		step();
		assertRefreshed(2);
		assertThat(this.processes).hasSize(6);
	}

	@Test
	void shouldNotStartNextWorkerWhileLastOneProvesItselfWhenOperatorHasLoweredTheBound() {
		readyFleet(3, 5);
		this.fleet.scale(null, 3);
		this.fleet.refresh(refresh("1", null));
		step();
		readyAll();
		step();
		assertThat(this.processes).hasSize(4);
		assertThat(finishRefresh(3)).isEqualTo(1);
		assertRefreshed(2);
	}

	@Test
	void shouldTakeBackBothWhenTheOneFailsThatProvesItselfWhileTheNextOneStarts() {
		readyFleet(2, 4);
		List<FakeProcess> old = List.copyOf(this.processes);
		this.fleet.refresh(refresh("1", Path.of("/broken.jar")));
		step();
		readyAll();
		step();
		assertThat(this.processes).hasSize(4);
		this.processes.get(2).exit(1);
		step();
		assertThat(this.fleet.snapshot().lastRefresh().reason()).contains("(CRASHED)");
		assertThat(this.processes.get(3).terminated).isTrue();
		terminatedExit();
		step();
		assertThat(alive()).isEqualTo(old).noneMatch((process) -> process.terminated);
		assertThat(this.processes).hasSize(4);
	}

	@Test
	void shouldRefreshWithItsOwnDrainTimeout() {
		readyFleet(1);
		this.fleet.refresh(new RefreshRequest(RefreshRequest.Batch.ONE, Duration.ofMinutes(2), null));
		step();
		readyAll();
		step();
		prove();
		step(Duration.ofMinutes(2).minus(MARGIN));
		assertThat(this.processes.get(0).killed).isFalse();
		step(MARGIN);
		assertThat(this.processes.get(0).killed).isTrue();
		step();
		assertThat(exitCount(ExitReason.DRAIN_TIMEOUT)).isEqualTo(1);
		assertRefreshed(2);
	}

	@Test
	void shouldTryOneWorkerWhenFleetHasNone() {
		fleet(0, 2);
		step();
		this.fleet.refresh(refresh("100%", Path.of("/new.jar")));
		step();
		assertThat(starting()).singleElement().matches((process) -> Path.of("/new.jar").equals(process.jar));
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.REFRESHING);
		finishRefresh(0);
		assertRefreshed(2);
		assertThat(this.processes).hasSize(1);
		assertThat(alive()).isEmpty();
		assertThat(exitCount(ExitReason.SCALED_DOWN)).isEqualTo(1);
		this.fleet.scale(1, null);
		step();
		assertThat(last().membership.generation()).isEqualTo(2);
	}

	@Test
	void shouldTakeBackRefreshOfFleetWithoutWorkersWhenNewOneDoesNotStart() {
		fleet(0, 2);
		step();
		this.fleet.refresh(refresh("1", Path.of("/broken.jar")));
		step();
		last().exit(1);
		step();
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
		assertThat(this.fleet.snapshot().lastRefresh().completed()).isFalse();
		assertThat(this.fleet.snapshot().jar()).isNull();
		step(LONG);
		assertThat(this.processes).hasSize(1);
	}

	@Test
	void shouldTakeBackRefreshWhenNewWorkerCrashesAfterItWasReady() {
		readyFleet(2);
		List<FakeProcess> old = List.copyOf(this.processes);
		this.fleet.refresh(refresh("100%", Path.of("/broken.jar")));
		step();
		readyAll();
		step();
		step(FleetMember.BAKE_TIME.minusSeconds(1));
		last().failureNote = "java.lang.IllegalStateException: No licence";
		last().exit(1);
		step();
		FleetSnapshot snapshot = this.fleet.snapshot();
		assertThat(snapshot.lastRefresh().completed()).isFalse();
		assertThat(snapshot.lastRefresh().reason()).contains("(CRASHED)").endsWith("IllegalStateException: No licence");
		assertThat(snapshot.exits()).last()
			.satisfies((exit) -> assertThat(exit.cause()).isEqualTo("java.lang.IllegalStateException: No licence"));
		step();
		terminatedExit();
		step();
		assertThat(alive()).isEqualTo(old).noneMatch((process) -> process.terminated);
		assertThat(this.processes).as("nothing more is started").hasSize(4);
		assertThat(snapshot.reason()).as("the old generation is well").isNull();
	}

	@Test
	void shouldTakeBackRefreshWhenNewWorkerCrashesWhileOldOnesAreReplaced() {
		readyFleet(3);
		this.fleet.refresh(refresh("1", null));
		step();
		readyAll();
		step();
		prove();
		terminatedExit();
		step();
		this.processes.get(3).exit(1);
		step();
		assertThat(this.fleet.snapshot().lastRefresh().completed()).isFalse();
		assertThat(this.fleet.snapshot().generation()).isEqualTo(1);
	}

	@Test
	void shouldWaitWithOldWorkersWhileNewOneIsNotReadyAnyMore() {
		readyFleet(1);
		FakeProcess old = last();
		this.fleet.refresh(refresh("1", null));
		step();
		readyAll();
		step();
		last().state = WorkerState.UNRESPONSIVE;
		step();
		prove();
		assertThat(old.terminated).isFalse();
		last().state = WorkerState.READY;
		step();
		assertThat(old.terminated).as("from now on").isFalse();
		prove();
		assertThat(old.terminated).isTrue();
	}

	@Test
	void shouldTakeBackRefreshWhenNewWorkerDoesNotStayReady() {
		readyFleet(1);
		FakeProcess old = last();
		this.fleet.refresh(refresh("1", null));
		step();
		readyAll();
		step();
		last().state = WorkerState.UNRESPONSIVE;
		step();
		step(START_TIMEOUT);
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.REFRESHING);
		step(MARGIN);
		assertThat(this.fleet.snapshot().lastRefresh().reason()).contains("was ready and did not stay so");
		step();
		assertThat(old.terminated).isFalse();
		assertThat(last().terminated).isTrue();
	}

	@Test
	void shouldReplaceOldWorkerThatHangsFirst() {
		readyFleet(2);
		this.processes.get(1).state = WorkerState.UNRESPONSIVE;
		this.fleet.refresh(refresh("1", null));
		step();
		readyAll();
		step();
		prove();
		assertThat(this.processes.get(1).terminated).isTrue();
		assertThat(this.processes.get(0).terminated).isFalse();
	}

	@Test
	void shouldDrainWorkerThatIsNotReadyBeforeOneThatIs() {
		readyFleet(2);
		this.processes.get(1).exit(1);
		step();
		FakeProcess ready = this.processes.get(0);
		FakeProcess starting = this.processes.get(2);
		this.fleet.refresh(refresh("2", null));
		step();
		last().state = WorkerState.READY;
		step();
		prove();
		assertThat(starting.terminated).isTrue();
		assertThat(ready.terminated).isFalse();
	}

	@Test
	void shouldReplaceWorkerThatCrashesDuringRefreshByNewOne() {
		readyFleet(2);
		this.fleet.refresh(refresh("1", null));
		step();
		this.processes.get(0).exit(1);
		step();
		finishRefresh(1);
		assertThat(serving()).hasSize(2).allMatch((process) -> process.membership.generation() == 2);
		assertRefreshed(2);
	}

	@Test
	void shouldTakeBackRefreshWhenItsFirstWorkerExitsEarly() {
		readyFleet(2);
		List<FakeProcess> old = List.copyOf(this.processes);
		this.fleet.refresh(refresh("1", Path.of("/broken.jar")));
		step();
		last().lastLines = List.of("Starting", "No such bean");
		last().exit(7);
		step();
		FleetSnapshot snapshot = this.fleet.snapshot();
		assertThat(snapshot.state()).isEqualTo(FleetState.RUNNING);
		assertThat(snapshot.generation()).isEqualTo(1);
		assertThat(snapshot.jar()).isNull();
		assertThat(snapshot.lastRefresh().generation()).isEqualTo(2);
		assertThat(snapshot.lastRefresh().completed()).isFalse();
		assertThat(snapshot.lastRefresh().reason()).contains("exited with 7", "generation 2", "No such bean");
		step(LONG);
		step(LONG);
		assertThat(this.processes).hasSize(3);
		assertThat(serving()).isEqualTo(old);
		assertThat(old).noneMatch((process) -> process.terminated || process.killed);
		this.fleet.refresh(refresh("1", Path.of("/better.jar")));
		finishRefresh(2);
		assertThat(serving()).hasSize(2)
			.allMatch((process) -> process.membership.generation() == 3)
			.allMatch((process) -> Path.of("/better.jar").equals(process.jar));
		assertRefreshed(3);
	}

	@Test
	void shouldTakeBackRefreshWhenItsFirstWorkerIsNotReadyInTime() {
		readyFleet(1);
		this.fleet.refresh(refresh("1", null));
		step();
		step(START_TIMEOUT);
		step();
		assertThat(this.fleet.snapshot().lastRefresh().reason()).contains("START_TIMEOUT");
		assertThat(serving()).containsExactly(this.processes.get(0));
		assertThat(this.processes).hasSize(2);
	}

	@Test
	void shouldTakeBackRefreshWhenProcessCannotBeStarted() throws Exception {
		readyFleet(1);
		this.launcher.failure = new IOException("out of memory");
		this.fleet.refresh(refresh("1", Path.of("/new.jar")));
		step();
		assertThat(this.fleet.snapshot().lastRefresh().reason()).contains("out of memory");
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
		assertThat(serving()).hasSize(1);
		assertThat(new FleetFile(this.directory).read().jar()).as("what the next daemon runs").isNull();
	}

	@Test
	void shouldGoBackToOldGenerationWhenSecondBatchFails() {
		readyFleet(4);
		this.fleet.refresh(refresh("2", Path.of("/new.jar")));
		step();
		readyAll();
		step();
		prove();
		terminatedExit();
		step();
		step();
		List<FakeProcess> second = starting();
		assertThat(second).hasSize(2).allMatch((process) -> process.membership.generation() == 2);
		second.get(0).exit(1);
		step();
		assertThat(second.get(1).terminated).isTrue();
		assertThat(this.fleet.snapshot().lastRefresh().completed()).isFalse();
		for (int i = 0; i < 5; i++) {
			assertThat(serving()).hasSizeGreaterThanOrEqualTo(4);
			readyAll();
			step();
			prove();
			assertThat(serving()).hasSizeGreaterThanOrEqualTo(4);
			terminatedExit();
			step();
		}
		assertThat(alive()).hasSize(4)
			.allMatch((process) -> process.membership.generation() == 1)
			.allMatch((process) -> process.jar == null);
		assertThat(exitCount(ExitReason.ROLLED_BACK)).isEqualTo(3);
		assertThat(exitCount(ExitReason.EARLY)).isEqualTo(1);
		assertThat(exitCount(ExitReason.REFRESHED)).isEqualTo(2);
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
		assertThat(this.fleet.snapshot().generation()).isEqualTo(1);
	}

	@Test
	void shouldMergeRefreshesThatAreAskedForDuringRefresh() {
		readyFleet(2);
		this.fleet.refresh(refresh("1", Path.of("/a.jar")));
		step();
		this.fleet.refresh(refresh("1", Path.of("/b.jar")));
		this.fleet.refresh(refresh("2", Path.of("/c.jar")));
		finishRefresh(2);
		assertThat(this.processes).extracting((process) -> process.jar)
			.doesNotContain(Path.of("/b.jar"))
			.contains(Path.of("/a.jar"));
		assertThat(serving()).hasSize(2)
			.allMatch((process) -> process.membership.generation() == 3)
			.allMatch((process) -> Path.of("/c.jar").equals(process.jar));
		assertThat(this.fleet.snapshot().jar()).isEqualTo(Path.of("/c.jar"));
		assertThat(exitCount(ExitReason.REFRESHED)).as("two of each of the generations before").isEqualTo(4);
		assertRefreshed(3);
	}

	@Test
	void shouldRunWaitingRefreshWhenTheOneBeforeFails() {
		readyFleet(1);
		this.fleet.refresh(refresh("1", Path.of("/a.jar")));
		step();
		this.fleet.refresh(refresh("1", Path.of("/b.jar")));
		last().exit(1);
		step();
		finishRefresh(1);
		assertThat(serving()).singleElement().matches((process) -> Path.of("/b.jar").equals(process.jar));
		assertRefreshed(3);
	}

	@Test
	void shouldKeepWorkersWhenJarOfRefreshDoesNotExist() {
		readyFleet(2);
		this.launcher.missing.add(Path.of("/missing.jar"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.fleet.refresh(refresh("1", Path.of("/missing.jar"))))
			.withMessageContaining("/missing.jar");
		step();
		step(LONG);
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
		assertThat(this.fleet.snapshot().generation()).isEqualTo(1);
		assertThat(this.fleet.snapshot().lastRefresh()).isNull();
		assertThat(this.processes).hasSize(2).noneMatch((process) -> process.terminated);
	}

	@Test
	void shouldSayWhyRefreshWasTakenBackWhenItsJarHasGoneMeanwhile() {
		readyFleet(1);
		this.fleet.refresh(refresh("1", null));
		this.fleet.refresh(refresh("1", Path.of("/gone.jar")));
		this.launcher.missing.add(Path.of("/gone.jar"));
		step();
		finishRefresh(1);
		step();
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
		assertThat(this.fleet.snapshot().generation()).isEqualTo(2);
		assertThat(this.fleet.snapshot().lastRefresh().completed()).isFalse();
		assertThat(this.fleet.snapshot().lastRefresh().reason()).contains("/gone.jar");
	}

	@Test
	void shouldTellLauncherWhatIsGoodWhenNothingStarts() {
		this.maxStarting = 1;
		fleet(2, 2);
		step();
		readyAll();
		step();
		assertThat(starting()).as("the next one, when the first is ready").hasSize(1);
		assertThat(this.launcher.calm).as("one starts").isZero();
		readyAll();
		step();
		assertThat(this.launcher.calm).isEqualTo(1);
		this.fleet.refresh(refresh("1", Path.of("/next.jar")));
		assertThat(this.launcher.busy).isEqualTo(1);
		step();
		readyAll();
		step();
		assertThat(this.launcher.calm).as("a refresh goes on").isEqualTo(1);
		finishRefresh(2);
		assertThat(this.launcher.calm).isEqualTo(2);
		assertThat(this.launcher.good).isEqualTo(Path.of("/next.jar"));
	}

	@Test
	void shouldTellLauncherOfCalmWhenRefreshIsTakenBack() {
		readyFleet(1);
		assertThat(this.launcher.calm).isEqualTo(1);
		this.fleet.refresh(refresh("1", Path.of("/bad.jar")));
		step();
		last().exit(1);
		step();
		step();
		assertThat(this.fleet.snapshot().lastRefresh().completed()).isFalse();
		assertThat(this.launcher.calm).as("what the refresh has ended begins anew").isEqualTo(2);
		assertThat(this.launcher.good).isNull();
	}

	@Test
	void shouldTellLauncherWhatIsGood() {
		readyFleet(1);
		this.fleet.refresh(refresh("1", Path.of("/good.jar")));
		step();
		finishRefresh(1);
		assertThat(this.launcher.good).isEqualTo(Path.of("/good.jar"));
	}

	@Test
	void shouldRefreshFromWhatNeverStartsWhenFleetHasStopped() {
		fleet(1, 1);
		exitEarly(MAX_START_FAILURES);
		this.fleet.refresh(refresh("1", Path.of("/better.jar")));
		step();
		readyAll();
		step();
		prove();
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
		assertRefreshed(2);
	}

	@Test
	void shouldGoOnWithRefreshWhenManyOldWorkersExitEarly() {
		fleet(MAX_START_FAILURES, MAX_START_FAILURES);
		step();
		List<FakeProcess> old = List.copyOf(this.processes);
		this.fleet.refresh(refresh("1", Path.of("/better.jar")));
		step();
		old.forEach((process) -> process.exit(3));
		step();
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.REFRESHING);
		finishRefresh(0);
		assertThat(serving()).hasSize(MAX_START_FAILURES);
		assertRefreshed(2);
	}

}
