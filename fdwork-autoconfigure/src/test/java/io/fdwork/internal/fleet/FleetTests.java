package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.fdwork.fleet.ConnectionFates;
import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetState;
import io.fdwork.fleet.WorkerExit;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.recovery.Fate;
import io.fdwork.internal.wire.Membership;
import io.fdwork.worker.WorkerState;
import org.junit.jupiter.api.Test;

import org.springframework.util.FileSystemUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link Fleet}: it replaces, retires and ends its workers, and tells of it.
 */
class FleetTests extends AbstractFleetTests {

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
	void shouldNoteExitWhenItIsKnownWhatBecameOfItsConnections() {
		readyFleet(1);
		FakeProcess process = this.processes.get(0);
		this.unsettled.add(process.identity());
		process.exit(137);
		step();
		assertThat(this.processes).as("it is replaced at once").hasSize(2);
		assertThat(exits()).isEmpty();
		this.deaths.put(process.identity(), Map.of(Fate.HOME, 3, Fate.LOST, 1));
		this.deaths.put(identity(FAKE_PIDS + 100), Map.of(Fate.HOME, 7));
		this.unsettled.clear();
		step();
		assertThat(exits()).extracting(WorkerExit::connections).containsExactly(new ConnectionFates(0, 0, 0, 3, 1, 0));
	}

	@Test
	void shouldNotWaitForEverUntilItIsKnownWhatBecameOfConnections() {
		readyFleet(1);
		FakeProcess process = this.processes.get(0);
		this.unsettled.add(process.identity());
		process.exit(137);
		step();
		step(Duration.ofSeconds(1));
		assertThat(exits()).extracting(WorkerExit::connections).containsExactly(ConnectionFates.NONE);
	}

	@Test
	void shouldCountExitsInOrderOfReasons() {
		ExitLog log = new ExitLog();
		for (ExitReason reason : ExitReason.values()) {
			ExitReason last = ExitReason.values()[ExitReason.values().length - 1 - reason.ordinal()];
			log.add(new WorkerExit(1, 1, last, 0, null, Duration.ZERO, Instant.EPOCH, null, List.of(), null,
					ConnectionFates.NONE));
		}
		assertThat(log.counts().keySet()).containsExactly(ExitReason.values());
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
	void shouldKillWorkerThatDoesNotDrainInTime() {
		readyFleet(1);
		assertThat(this.fleet.retire(last().identity())).isTrue();
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
	void shouldReplaceRetiredWorker() {
		readyFleet(2);
		ProcessIdentity retired = this.processes.get(1).identity();
		assertThat(this.fleet.isDraining(retired)).isFalse();
		assertThat(this.fleet.retire(retired)).isTrue();
		assertThat(this.fleet.retire(identity(1))).isFalse();
		assertThat(this.fleet.isDraining(retired)).isTrue();
		assertThat(this.fleet.isDraining(this.processes.get(0).identity())).isFalse();
		assertThat(this.fleet.isDraining(identity(1))).isFalse();
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
	void shouldKeepTheLastExits() {
		readyFleet(1);
		for (int i = 1; i <= 25; i++) {
			last().exit(i);
			step();
			readyAll();
			step();
			step(FleetMember.SHORT_LIFE);
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
	void shouldKillWorkerThatWasDrainingWhenStopped() throws Exception {
		fleet(1, 1);
		this.fleet.start();
		await(() -> this.processes.size() == 1);
		this.fleet.retire(this.processes.get(0).identity());
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
		await(() -> this.observer.states.equals(List.of(FleetState.RUNNING, FleetState.QUIESCED, FleetState.RUNNING)));
		last().exit(1);
		await(() -> this.observer.exits.size() == 1);
		assertThat(this.observer.exits.get(0).reason()).isEqualTo(ExitReason.CRASHED);
		await(() -> this.observer.reasons.size() == 4);
		assertThat(this.observer.reasons.get(3)).as("it was ready for a moment only")
			.contains("An attempt to start workers failed");
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
		this.fleet.retire(last().identity());
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

}
