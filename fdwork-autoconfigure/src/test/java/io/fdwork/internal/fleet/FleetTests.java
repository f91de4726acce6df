package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetOptions;
import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.FleetState;
import io.fdwork.fleet.ScalingRule;
import io.fdwork.fleet.WorkerExit;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.daemon.DaemonState;
import io.fdwork.internal.queue.QueueSnapshot;
import io.fdwork.internal.wire.Membership;
import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.worker.WorkerState;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.util.FileSystemUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Fleet}, step by step: processes that are told when to be ready and when
 * to exit, and a time that is told, too.
 */
@Timeout(60)
class FleetTests {

	private static final Duration START_TIMEOUT = Duration.ofMinutes(8);

	private static final Duration DRAIN_TIMEOUT = Duration.ofMinutes(5);

	private static final Duration MIN_BACKOFF = Duration.ofMinutes(1);

	private static final Duration MAX_BACKOFF = Duration.ofMinutes(4);

	private static final int LIMIT = 128;

	private static final int MAX_EARLY_EXITS = 5;

	/**
	 * More than the test itself takes.
	 */
	private static final Duration MARGIN = Duration.ofSeconds(30);

	private static final Duration LONG = Duration.ofHours(1);

	@TempDir
	Path directory;

	private final List<FakeProcess> processes = new CopyOnWriteArrayList<>();

	private final List<Process> realProcesses = new ArrayList<>();

	private final FakeLauncher launcher = new FakeLauncher();

	private final Observer observer = new Observer();

	private final List<DaemonSnapshot.WorkerSnapshot> adopted = new CopyOnWriteArrayList<>();

	private ScalingRule rule = (figures) -> new ScalingRule.Decision(figures.target(), "");

	private Duration offset = Duration.ZERO;

	private long queued;

	private long got;

	private Fleet fleet;

	@AfterEach
	void end() throws InterruptedException {
		for (Process process : this.realProcesses) {
			process.destroyForcibly();
			assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
		}
	}

	@Test
	void shouldStartAsManyAsTheMinimum() {
		fleet(2, 4);
		step();
		assertThat(this.processes).hasSize(2).allMatch((process) -> process.membership.generation() == 1);
		assertThat(this.processes.get(0).membership).isEqualTo(this.processes.get(1).membership);
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
		assertThat(this.fleet.snapshot().target()).isEqualTo(2);
		assertThat(this.fleet.snapshot().starting()).isEqualTo(2);
		readyAll();
		step();
		step(LONG);
		assertThat(this.processes).hasSize(2);
		assertThat(this.fleet.snapshot().starting()).isZero();
		assertThat(this.fleet.snapshot().exits()).isEmpty();
	}

	@Test
	void shouldNotTakeWorkerOfAnotherFleetForItsOwn() {
		fleet(1, 1);
		step();
		FakeProcess process = this.processes.get(0);
		this.adopted.add(snapshot(process.pid(), WorkerState.READY, new Membership("of another", 1), 0));
		this.adopted.add(snapshot(process.pid(), WorkerState.READY, null, 0));
		step();
		assertThat(this.fleet.snapshot().starting()).isEqualTo(1);
	}

	@Test
	void shouldReplaceCrashedWorkersAtOnce() {
		readyFleet(3);
		this.processes.get(0).exit(1);
		this.processes.get(2).exit(137);
		step();
		assertThat(this.processes).hasSize(5);
		assertThat(this.fleet.snapshot().exits()).extracting(WorkerExit::reason)
			.containsExactly(ExitReason.CRASHED, ExitReason.CRASHED);
		assertThat(this.fleet.snapshot().exits()).extracting(WorkerExit::code).containsExactly(1, null);
		assertThat(this.fleet.snapshot().exits()).extracting(WorkerExit::signal).containsExactly(null, 9);
		assertThat(exitCount(ExitReason.CRASHED)).isEqualTo(2);
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
	}

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
	void shouldWriteFileAgainWhenSomebodyDeletesIt() throws IOException {
		readyFleet(1);
		Path file = this.directory.resolve("fleet.json");
		Files.delete(file);
		step(Duration.ofSeconds(1));
		assertThat(file).isRegularFile();
		Files.delete(file);
		// Nothing can have the name of the file that is renamed to it
		Files.createDirectories(this.directory.resolve("fleet.json.new/in-the-way"));
		step(Duration.ofSeconds(1));
		assertThat(file).doesNotExist();
		FileSystemUtils.deleteRecursively(this.directory.resolve("fleet.json.new"));
		step(Duration.ofSeconds(1));
		assertThat(file).isRegularFile();
	}

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
	void shouldKillWorkerThatDoesNotDrainInTime() {
		readyFleet(1);
		assertThat(this.fleet.retire(last().pid())).isTrue();
		step(DRAIN_TIMEOUT.minus(MARGIN));
		assertThat(this.processes.get(0).terminated).isTrue();
		assertThat(this.processes.get(0).killed).isFalse();
		assertThat(this.fleet.snapshot().draining()).isEqualTo(1);
		step(MARGIN);
		assertThat(this.processes.get(0).killed).isTrue();
		step();
		assertThat(exitCount(ExitReason.DRAIN_TIMEOUT)).isEqualTo(1);
		assertThat(exitCount(ExitReason.RETIRED)).isZero();
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
	void shouldRefreshWithItsOwnDrainTimeout() {
		readyFleet(1);
		this.fleet.refresh(new RefreshRequest(RefreshRequest.Batch.ONE, Duration.ofMinutes(2), null));
		step();
		readyAll();
		step();
		step(Duration.ofMinutes(2).minus(MARGIN));
		assertThat(this.processes.get(0).killed).isFalse();
		step(MARGIN);
		assertThat(this.processes.get(0).killed).isTrue();
		step();
		assertThat(exitCount(ExitReason.DRAIN_TIMEOUT)).isEqualTo(1);
		assertRefreshed(2);
	}

	@Test
	void shouldRefreshFleetWithoutWorkersAtOnce() {
		fleet(0, 2);
		step();
		this.fleet.refresh(refresh("1", null));
		step();
		assertRefreshed(2);
		assertThat(this.processes).isEmpty();
		this.fleet.scale(1, null);
		step();
		assertThat(last().membership.generation()).isEqualTo(2);
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
		exitEarly(MAX_EARLY_EXITS);
		this.fleet.refresh(refresh("1", Path.of("/better.jar")));
		step();
		readyAll();
		step();
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
		assertRefreshed(2);
	}

	@Test
	void shouldGoOnWithRefreshWhenManyOldWorkersExitEarly() {
		fleet(MAX_EARLY_EXITS, MAX_EARLY_EXITS);
		step();
		List<FakeProcess> old = List.copyOf(this.processes);
		this.fleet.refresh(refresh("1", Path.of("/better.jar")));
		step();
		old.forEach((process) -> process.exit(3));
		step();
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.REFRESHING);
		finishRefresh(0);
		assertThat(serving()).hasSize(MAX_EARLY_EXITS);
		assertRefreshed(2);
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
	void shouldRefuseBoundsWithNothingBetween() {
		fleet(1, 3);
		assertThatIllegalArgumentException().isThrownBy(() -> this.fleet.scale(4, 3)).withMessageContaining("min=4");
		assertThatIllegalArgumentException().isThrownBy(() -> this.fleet.scale(-1, null));
		assertThatIllegalArgumentException().isThrownBy(() -> this.fleet.scale(0, 0)).withMessageContaining("max=0");
		assertThat(this.fleet.snapshot().min()).isEqualTo(1);
		assertThat(this.fleet.snapshot().max()).isEqualTo(3);
	}

	@Test
	void shouldReplaceRetiredWorker() {
		readyFleet(2);
		assertThat(this.fleet.retire(this.processes.get(1).pid())).isTrue();
		assertThat(this.fleet.retire(4711)).isFalse();
		step();
		assertThat(this.processes.get(1).terminated).isTrue();
		assertThat(this.processes).hasSize(3);
		terminatedExit();
		readyAll();
		step();
		assertThat(exitCount(ExitReason.RETIRED)).isEqualTo(1);
		assertThat(serving()).containsExactly(this.processes.get(0), this.processes.get(2));
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

	@Test
	void shouldKeepTheLastExits() {
		readyFleet(1);
		for (int i = 1; i <= 25; i++) {
			last().exit(i);
			step();
			readyAll();
			step();
		}
		assertThat(this.fleet.snapshot().exits()).hasSize(20);
		assertThat(this.fleet.snapshot().exits().get(0).code()).isEqualTo(6);
		assertThat(this.fleet.snapshot().exits().get(19).code()).isEqualTo(25);
		assertThat(exitCount(ExitReason.CRASHED)).isEqualTo(25);
	}

	@Test
	void shouldEndAllWorkersWhenStopped() throws Exception {
		this.launcher.obedient = true;
		fleet(3, 3);
		this.fleet.start();
		this.fleet.start();
		await(() -> this.processes.size() == 3);
		readyAll();
		await(() -> this.fleet.snapshot().starting() == 0);
		this.processes.get(2).obedient = false;
		assertThat(new FleetFile(this.directory).read().members()).hasSize(3);
		this.fleet.stop(Duration.ofMillis(200));
		assertThat(this.processes).hasSize(3).noneMatch(FakeProcess::isAlive);
		assertThat(this.processes).filteredOn((process) -> process.killed).containsExactly(this.processes.get(2));
		assertThat(exitCount(ExitReason.DAEMON_ENDED)).isEqualTo(2);
		assertThat(exitCount(ExitReason.DRAIN_TIMEOUT)).isEqualTo(1);
		assertThat(this.directory).isEmptyDirectory();
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.ENDING);
		assertThat(this.observer.exits).hasSize(3);
		assertThat(this.observer.states).containsExactly(FleetState.RUNNING, FleetState.ENDING);
		this.fleet.stop(Duration.ofMillis(200));
		awaitNoThread();
	}

	@Test
	void shouldLeaveWorkersToTheNextFleet() throws Exception {
		this.launcher.sleeps = true;
		fleet(2, 2);
		this.fleet.start();
		await(() -> this.realProcesses.size() == 2);
		this.fleet.leave();
		this.fleet.leave();
		awaitNoThread();
		assertThat(this.realProcesses).allMatch(Process::isAlive);
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.ENDING);
		fleet(2, 2);
		this.fleet.adopt();
		step();
		assertThat(this.realProcesses).as("nothing new is started").hasSize(2);
	}

	@Test
	void shouldKillWorkerThatWasDrainingWhenStopped() throws Exception {
		fleet(1, 1);
		this.fleet.start();
		await(() -> this.processes.size() == 1);
		this.fleet.retire(this.processes.get(0).pid());
		this.fleet.stop(Duration.ofMillis(200));
		assertThat(this.processes).noneMatch(FakeProcess::isAlive);
		awaitNoThread();
	}

	@Test
	void shouldDoNothingWhenStoppedBeforeItStarts() {
		fleet(1, 1);
		this.fleet.stop(Duration.ofSeconds(1));
		assertThat(this.processes).isEmpty();
	}

	@Test
	void shouldTellWhatBecomesOfIt() throws Exception {
		this.launcher.obedient = true;
		fleet(1, 1);
		this.fleet.start();
		await(() -> this.processes.size() == 1);
		readyAll();
		await(() -> this.fleet.snapshot().starting() == 0);
		this.fleet.quiesce();
		await(() -> this.observer.states.contains(FleetState.QUIESCED));
		this.fleet.resume();
		await(() -> this.observer.states.equals(
				List.of(FleetState.RUNNING, FleetState.QUIESCED, FleetState.RUNNING)));
		last().exit(1);
		await(() -> this.observer.exits.size() == 1);
		assertThat(this.observer.exits.get(0).reason()).isEqualTo(ExitReason.CRASHED);
		this.fleet.stop(Duration.ofSeconds(5));
		awaitNoThread();
	}

	@Test
	void shouldGoOnWhenObserverFails() throws Exception {
		this.launcher.obedient = true;
		this.observer.failure = new NoClassDefFoundError("As the test wants");
		fleet(1, 1);
		this.fleet.start();
		await(() -> this.processes.size() == 1);
		readyAll();
		await(() -> this.fleet.snapshot().starting() == 0);
		last().exit(1);
		await(() -> this.processes.size() == 2);
		this.fleet.stop(Duration.ofSeconds(5));
		awaitNoThread();
	}

	@Test
	void shouldFailToStartWhenJarDoesNotExist() {
		this.launcher.noDefault = true;
		fleet(1, 1);
		assertThatIOException().isThrownBy(this.fleet::start);
		assertThat(this.processes).isEmpty();
	}

	@Test
	void shouldAdoptWorkersThatAnEarlierDaemonHasLeft() throws Exception {
		Process first = sleep();
		Process second = sleep();
		new FleetFile(this.directory).write(new FleetFile.Content("left", 3, 3, "/left.jar",
				List.of(member(first, 3, Duration.ZERO), member(second, 3, Duration.ZERO))));
		fleet(2, 2);
		this.fleet.adopt();
		step();
		assertThat(this.processes).isEmpty();
		assertThat(this.fleet.snapshot().starting()).isEqualTo(2);
		for (Process process : List.of(first, second)) {
			this.adopted.add(snapshot(process.pid(), WorkerState.READY, new Membership("left", 3), 0));
		}
		step();
		assertThat(this.fleet.snapshot().starting()).isZero();
		assertThat(this.fleet.snapshot().generation()).isEqualTo(3);
		assertThat(this.fleet.snapshot().jar()).isEqualTo(Path.of("/left.jar"));
		step(LONG);
		assertThat(first.isAlive()).isTrue();
		assertThat(second.isAlive()).isTrue();
		this.fleet.retire(first.pid());
		assertThat(first.waitFor(10, TimeUnit.SECONDS)).isTrue();
		step();
		assertThat(this.fleet.snapshot().exits()).singleElement()
			.satisfies((exit) -> assertThat(exit.reason()).isEqualTo(ExitReason.RETIRED))
			.satisfies((exit) -> assertThat(exit.code()).isNull())
			.satisfies((exit) -> assertThat(exit.signal()).isNull());
		assertThat(this.processes).singleElement()
			.matches((process) -> process.membership.equals(new Membership("left", 3)))
			.matches((process) -> Path.of("/left.jar").equals(process.jar));
	}

	@Test
	void shouldNotAdoptProcessThatOnlyHasThePidOfWorker() throws Exception {
		Process other = sleep();
		Process ended = sleep();
		FleetFile.Member endedMember = member(ended, 1, Duration.ZERO);
		ended.destroyForcibly();
		assertThat(ended.waitFor(10, TimeUnit.SECONDS)).isTrue();
		new FleetFile(this.directory).write(new FleetFile.Content("left", 1, 1, null,
				List.of(member(other, 1, Duration.ofHours(-1)), endedMember)));
		fleet(1, 1);
		this.fleet.adopt();
		step();
		assertThat(this.processes).hasSize(1);
		assertThat(this.fleet.retire(other.pid())).isFalse();
		assertThat(other.isAlive()).isTrue();
	}

	@Test
	void shouldAdoptWorkersWhenRefreshWasTakenBack() throws Exception {
		this.launcher.sleeps = true;
		fleet(1, 1);
		step();
		Process old = this.realProcesses.get(0);
		String token = new FleetFile(this.directory).read().token();
		this.adopted.add(snapshot(old.pid(), WorkerState.READY, new Membership(token, 1), 0));
		step();
		this.fleet.refresh(refresh("1", Path.of("/broken.jar")));
		step();
		assertThat(this.realProcesses).hasSize(2);
		this.realProcesses.get(1).destroyForcibly();
		assertThat(this.realProcesses.get(1).waitFor(10, TimeUnit.SECONDS)).isTrue();
		step();
		assertThat(this.fleet.snapshot().lastRefresh().completed()).isFalse();
		fleet(1, 1);
		this.fleet.adopt();
		step();
		step();
		assertThat(this.realProcesses).as("nothing new is started").hasSize(2);
		assertThat(old.isAlive()).isTrue();
		assertThat(this.fleet.snapshot().generation()).isEqualTo(1);
		assertThat(this.fleet.snapshot().jar()).isNull();
	}

	@Test
	void shouldKeepAdoptedWorkersOfOldGenerationUntilNewOnesAreReady() throws Exception {
		Process old = sleep();
		new FleetFile(this.directory)
			.write(new FleetFile.Content("left", 2, 2, "/new.jar", List.of(member(old, 1, Duration.ZERO))));
		fleet(1, 1);
		this.fleet.adopt();
		step();
		step();
		assertThat(starting()).singleElement().matches((process) -> process.membership.generation() == 2);
		assertThat(this.fleet.snapshot().draining()).as("it may be serving").isZero();
		this.adopted.add(snapshot(old.pid(), WorkerState.READY, new Membership("left", 1), 0));
		step();
		assertThat(this.fleet.snapshot().draining()).isZero();
		readyAll();
		step();
		assertThat(old.waitFor(10, TimeUnit.SECONDS)).isTrue();
		step();
		assertThat(serving()).hasSize(1);
	}

	@Test
	void shouldReplaceAdoptedWorkerThatDoesNotRegister() throws Exception {
		Process process = sleep();
		new FleetFile(this.directory)
			.write(new FleetFile.Content("left", 1, 1, null, List.of(member(process, 1, Duration.ZERO))));
		fleet(1, 1);
		this.fleet.adopt();
		step();
		step(START_TIMEOUT);
		assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
		step();
		assertThat(exitCount(ExitReason.START_TIMEOUT)).isEqualTo(1);
		assertThat(this.processes).as("at once, as it is not the jar's fault").hasSize(1);
	}

	private void fleet(int min, int max) {
		this.fleet = new Fleet(
				new FleetOptions(min, max, LIMIT, START_TIMEOUT, DRAIN_TIMEOUT, MIN_BACKOFF, MAX_BACKOFF, MAX_EARLY_EXITS),
				this::daemon, this.launcher, (figures) -> this.rule.decide(figures), this.observer, this.directory);
	}

	private void readyFleet(int workers) {
		fleet(workers, workers);
		step();
		readyAll();
		step();
		assertThat(serving()).hasSize(workers);
	}

	private void step() {
		step(Duration.ZERO);
	}

	private void step(Duration later) {
		this.offset = this.offset.plus(later);
		this.fleet.step(System.nanoTime() + this.offset.toNanos());
	}

	/**
	 * Let workers exit early, one after the other.
	 */
	private void exitEarly(int times) {
		for (int i = 0; i < times; i++) {
			step(MAX_BACKOFF);
			List<FakeProcess> starting = starting();
			assertThat(starting).hasSize(1);
			starting.get(0).exit(3);
			step();
		}
	}

	/**
	 * Step until no refresh is going on, in which workers do as they are told.
	 * @return how many were starting at a time at most
	 */
	private int finishRefresh(int target) {
		int starting = 0;
		for (int i = 0; i < 50 && this.fleet.snapshot().state() == FleetState.REFRESHING; i++) {
			step();
			assertThat(serving()).hasSizeGreaterThanOrEqualTo(target);
			starting = Math.max(starting, starting().size());
			readyAll();
			step();
			assertThat(serving()).hasSizeGreaterThanOrEqualTo(target);
			starting = Math.max(starting, starting().size());
			terminatedExit();
		}
		step();
		terminatedExit();
		step();
		return starting;
	}

	private void assertRefreshed(int generation) {
		FleetSnapshot snapshot = this.fleet.snapshot();
		assertThat(snapshot.state()).isEqualTo(FleetState.RUNNING);
		assertThat(snapshot.lastRefresh()).isNotNull();
		assertThat(snapshot.lastRefresh().generation()).isEqualTo(generation);
		assertThat(snapshot.lastRefresh().completed()).as("%s", snapshot.lastRefresh().reason()).isTrue();
		assertThat(snapshot.lastRefresh().reason()).isNull();
	}

	private FakeProcess last() {
		return this.processes.get(this.processes.size() - 1);
	}

	private List<FakeProcess> alive() {
		return this.processes.stream().filter(FakeProcess::isAlive).toList();
	}

	private List<FakeProcess> serving() {
		return alive().stream().filter((process) -> process.state != null && !process.terminated).toList();
	}

	private List<FakeProcess> starting() {
		return alive().stream().filter((process) -> process.state == null && !process.terminated).toList();
	}

	private void readyAll() {
		starting().forEach((process) -> process.state = WorkerState.READY);
	}

	private void terminatedExit() {
		alive().stream().filter((process) -> process.terminated).forEach((process) -> process.exit(0));
	}

	private long exitCount(ExitReason reason) {
		return this.fleet.snapshot().exitCounts().getOrDefault(reason, 0L);
	}

	private static RefreshRequest refresh(String batch, @Nullable Path jar) {
		return new RefreshRequest(RefreshRequest.Batch.parse(batch), null, jar);
	}

	private Process sleep() throws IOException {
		Process process = new ProcessBuilder("sleep", "600").start();
		this.realProcesses.add(process);
		return process;
	}

	private static FleetFile.Member member(Process process, int generation, Duration later) {
		return new FleetFile.Member(process.pid(),
				process.info().startInstant().orElseThrow().plus(later).toEpochMilli(), generation);
	}

	private static void await(Callable<Boolean> condition) {
		Awaitility.await().atMost(Duration.ofSeconds(10)).pollInterval(Duration.ofMillis(10)).until(condition);
	}

	private static void awaitNoThread() {
		await(() -> Thread.getAllStackTraces().keySet().stream().map(Thread::getName).noneMatch("fdwork-fleet"::equals));
	}

	private DaemonSnapshot daemon() {
		List<DaemonSnapshot.WorkerSnapshot> workers = new ArrayList<>(this.adopted);
		alive().stream()
			.filter((process) -> process.state != null)
			.forEach((process) -> workers
				.add(snapshot(process.pid(), process.state, process.membership, process.active)));
		return new DaemonSnapshot(DaemonState.RUNNING, 1, List.of(),
				List.of(new QueueSnapshot("default", this.queued, 16, this.got + this.queued, this.got, 0, false)),
				List.of(), workers, Map.of(), 0, 0, 0);
	}

	private static DaemonSnapshot.WorkerSnapshot snapshot(long pid, WorkerState state, @Nullable Membership membership,
			int active) {
		WorkerFigures figures = new WorkerFigures(state, active, 2, 0, Map.of(),
				new WorkerFigures.Wait(0, 0, 0, 0, 0, 0), Map.of(), 0, 0, false, 0, null, null);
		return new DaemonSnapshot.WorkerSnapshot(pid, pid, "worker-" + pid, state, List.of("default"), Instant.now(),
				figures, membership, 0, null);
	}

	/**
	 * Starts what the test controls.
	 */
	private final class FakeLauncher implements WorkerLauncher {

		private final List<Path> missing = new ArrayList<>();

		private @Nullable Path good;

		private @Nullable IOException failure;

		private boolean noDefault;

		private boolean obedient;

		private boolean sleeps;

		@Override
		public @Nullable Path resolve(@Nullable Path jar) throws IOException {
			if ((jar == null) ? this.noDefault : this.missing.contains(jar)) {
				throw new NoSuchFileException(String.valueOf(jar));
			}
			return jar;
		}

		@Override
		public WorkerProcess launch(@Nullable Path jar, Membership membership) throws IOException {
			if (this.failure != null) {
				throw this.failure;
			}
			if (this.sleeps) {
				return new StartedProcess(sleep(), List::of);
			}
			// No process has such a pid
			FakeProcess process = new FakeProcess((1L << 40) + FleetTests.this.processes.size(), jar, membership,
					this.obedient);
			FleetTests.this.processes.add(process);
			return process;
		}

		@Override
		public void ready(@Nullable Path jar) {
			this.good = jar;
		}

		@Override
		public void close() {
			// Nothing is going on
		}

	}

	/**
	 * A process that is ready and exits when the test wants.
	 */
	private static final class FakeProcess implements WorkerProcess {

		private final long pid;

		private final @Nullable Path jar;

		private final Membership membership;

		private volatile boolean obedient;

		private volatile @Nullable WorkerState state;

		private volatile int active;

		private volatile boolean terminated;

		private volatile boolean killed;

		private volatile @Nullable Integer code;

		private volatile List<String> lastLines = List.of();

		FakeProcess(long pid, @Nullable Path jar, Membership membership, boolean obedient) {
			this.pid = pid;
			this.jar = jar;
			this.membership = membership;
			this.obedient = obedient;
		}

		void exit(int code) {
			this.code = code;
		}

		@Override
		public long pid() {
			return this.pid;
		}

		@Override
		public @Nullable Instant startInstant() {
			return null;
		}

		@Override
		public boolean isAlive() {
			return this.code == null;
		}

		@Override
		public @Nullable Integer exitCode() {
			return this.code;
		}

		@Override
		public List<String> lastLines() {
			return this.lastLines;
		}

		@Override
		public void terminate() {
			this.terminated = true;
			if (this.obedient) {
				exit(0);
			}
		}

		@Override
		public void kill() {
			this.killed = true;
			exit(137);
		}

		@Override
		public String toString() {
			return "process " + this.pid + " of generation " + this.membership.generation();
		}

	}

	/**
	 * Remembers what it is told.
	 */
	private static final class Observer implements FleetObserver {

		private final List<WorkerExit> exits = new CopyOnWriteArrayList<>();

		private final List<FleetState> states = new CopyOnWriteArrayList<>();

		private volatile @Nullable Error failure;

		@Override
		public void exited(WorkerExit exit) {
			fail();
			this.exits.add(exit);
		}

		@Override
		public void changed(FleetSnapshot snapshot) {
			fail();
			this.states.add(snapshot.state());
		}

		private void fail() {
			Error failure = this.failure;
			if (failure != null) {
				throw failure;
			}
		}

	}

}
