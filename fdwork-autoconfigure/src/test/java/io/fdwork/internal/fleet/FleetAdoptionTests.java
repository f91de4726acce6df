package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetState;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.daemon.ListenerState;
import io.fdwork.internal.process.BootClock;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.wire.Membership;
import io.fdwork.worker.WorkerState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for {@link Fleet} that takes over what an earlier one has left.
 */
@ExtendWith(OutputCaptureExtension.class)
class FleetAdoptionTests extends AbstractFleetTests {

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
	void shouldKnowWhoWaitsForDaemonThatDoesNotStart() throws Exception {
		assertThat(Survivors.of(this.directory)).isEmpty();
		Process living = sleep();
		Process ended = sleep();
		left(1, null, member(living, 1), member(ended, 1));
		ended.destroyForcibly();
		assertThat(ended.waitFor(10, TimeUnit.SECONDS)).isTrue();
		assertThat(Survivors.of(this.directory)).containsExactly(living.pid());
	}

	@Test
	void shouldAdoptWorkersThatAnEarlierDaemonHasLeft() throws Exception {
		Process first = sleep();
		Process second = sleep();
		left(3, "/left.jar", member(first, 3), member(second, 3));
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
		assertThat(this.fleet.retire(identity(first.pid()))).isTrue();
		assertThat(first.waitFor(10, TimeUnit.SECONDS)).isTrue();
		step();
		assertThat(this.fleet.snapshot().exits()).singleElement()
			.satisfies((exit) -> assertThat(exit.reason()).isEqualTo(ExitReason.RETIRED))
			.satisfies((exit) -> assertThat(exit.uptime()).isBetween(Duration.ZERO, Duration.ofSeconds(60)))
			.satisfies((exit) -> assertThat(exit.code()).isNull())
			.satisfies((exit) -> assertThat(exit.signal()).isNull());
		assertThat(this.processes).singleElement()
			.matches((process) -> process.membership.equals(new Membership("left", 3)))
			.matches((process) -> Path.of("/left.jar").equals(process.jar));
	}

	@Test
	void shouldKeepAdoptedWorkerThatRefusesTrafficWhenItHasBeenReady() throws Exception {
		Process refusing = sleep();
		Process neverReady = sleep();
		left(1, null, member(refusing, 1),
				member(neverReady, 1, FleetMember.Phase.STARTING, ExitReason.EARLY, Duration.ZERO));
		fleet(2, 2);
		this.fleet.adopt();
		for (Process process : List.of(refusing, neverReady)) {
			this.adopted.add(snapshot(process.pid(), WorkerState.REFUSING, new Membership("left", 1), 0));
		}
		step();
		assertThat(this.fleet.snapshot().starting()).isEqualTo(1);
		step(START_TIMEOUT);
		assertThat(neverReady.waitFor(10, TimeUnit.SECONDS)).as("its start is bounded").isTrue();
		step(LONG);
		assertThat(refusing.isAlive()).isTrue();
		assertThat(read().members().get(0).phase()).isEqualTo(FleetMember.Phase.UNAVAILABLE);
		this.adopted.set(0, snapshot(refusing.pid(), WorkerState.READY, new Membership("left", 1), 0));
		step();
		assertThat(read().members().get(0).phase()).isEqualTo(FleetMember.Phase.READY);
	}

	@Test
	void shouldReplaceAdoptedWorkersOneByOneWhenListenersPutOnAnotherQueue() throws Exception {
		Process worker = sleep();
		left(1, null, member(worker, 1));
		fleet(1, 1);
		this.fleet.adopt();
		this.listeners.add(listener("other"));
		this.adopted.add(snapshot(worker.pid(), WorkerState.READY, new Membership("left", 1), 0));
		step();
		step(Duration.ofSeconds(1));
		assertThat(this.processes).as("a worker of no fleet may be about to register").isEmpty();
		step(Duration.ofSeconds(1));
		step();
		assertThat(starting()).hasSize(1);
		assertThat(worker.isAlive()).isTrue();
		readyAll();
		step();
		prove();
		assertThat(worker.waitFor(10, TimeUnit.SECONDS)).isTrue();
		this.adopted.clear();
		step();
		step(LONG);
		assertThat(this.processes).as("not again, as those that are new know the same queue").hasSize(1);
	}

	@Test
	void shouldKeepAdoptedWorkersWhenOneOfTheirQueuesIsThatOfAListener() throws Exception {
		Process worker = sleep();
		left(1, null, member(worker, 1));
		fleet(1, 1);
		this.fleet.adopt();
		this.listeners.add(listener("other"));
		this.listeners.add(listener("default"));
		this.adopted.add(snapshot(worker.pid(), WorkerState.READY, new Membership("left", 1), 0));
		step();
		step(LONG);
		step();
		assertThat(this.processes).isEmpty();
	}

	private static DaemonSnapshot.ListenerSnapshot listener(String queue) {
		return new DaemonSnapshot.ListenerSnapshot("127.0.0.1:8080", queue, ListenerState.LISTENING, null, 0, 0, 0, 0,
				Map.of(), null, false, true, 0);
	}

	@Test
	void shouldTellWhatItHasFoundWhenItDoesNotStart(CapturedOutput output) throws Exception {
		Process worker = sleep();
		left(1, "/gone.jar", member(worker, 1));
		fleet(1, 1);
		this.launcher.missing.add(Path.of("/gone.jar"));
		this.launcher.noDefault = true;
		assertThatIOException().isThrownBy(this.fleet::start);
		assertThat(output).contains("The jar of the last refresh is gone");
	}

	@Test
	void shouldNotAdoptProcessThatOnlyHasThePidOfWorker() throws Exception {
		Process other = sleep();
		Process ended = sleep();
		FleetFile.Member endedMember = member(ended, 1);
		ended.destroyForcibly();
		assertThat(ended.waitFor(10, TimeUnit.SECONDS)).isTrue();
		FleetFile.Member otherMember = new FleetFile.Member(other.pid(), member(other, 1).startTicks() - 1, 1,
				FleetMember.Phase.DRAINING, ExitReason.REFRESHED, 0);
		left(1, null, otherMember, endedMember);
		fleet(1, 1);
		this.fleet.adopt();
		step();
		assertThat(this.processes).hasSize(1);
		assertThat(this.fleet.retire(identity(other.pid()))).isFalse();
		step(LONG);
		assertThat(other.isAlive()).isTrue();
	}

	@Test
	void shouldNotAdoptProcessOfAnotherBoot() throws Exception {
		Process other = sleep();
		write(new FleetFile.Content("left", "another", 2, 2, null, 1, List.of(member(other, 2)), null, null));
		fleet(1, 1);
		this.fleet.adopt();
		step();
		assertThat(this.processes).singleElement()
			.matches((process) -> process.membership.equals(new Membership("left", 2)));
		assertThat(this.fleet.retire(identity(other.pid()))).isFalse();
	}

	@Test
	void shouldAdoptWorkersAsTheyRegisterWhenAnEarlierVersionHasLeftThem() throws Exception {
		Process worker = sleep();
		Files.writeString(this.directory.resolve("fleet.json"), """
				{"token":"left","generation":2,"lastGeneration":3,"jar":"/left.jar",
				"members":[{"pid":%d,"startMillis":1700000000000,"generation":2}]}""".formatted(worker.pid()));
		fleet(1, 1);
		this.fleet.adopt();
		step();
		assertThat(this.processes).singleElement()
			.matches((process) -> process.membership.equals(new Membership("left", 2)));
		this.adopted.add(snapshot(worker.pid(), WorkerState.READY, new Membership("left", 2), 0));
		step();
		assertThat(this.processes.get(0).terminated).as("no worker is there twice").isTrue();
		terminatedExit();
		step();
		assertThat(exitCount(ExitReason.SCALED_DOWN)).isEqualTo(1);
		assertThat(this.processes).hasSize(1);
		assertThat(read().members()).singleElement()
			.matches((member) -> member.pid() == worker.pid() && member.phase() == FleetMember.Phase.READY);
	}

	@Test
	void shouldAdoptWorkerThatIsInNoBooks() throws Exception {
		readyFleet(1);
		Process worker = sleep();
		this.adopted.add(snapshot(worker.pid(), WorkerState.READY, new Membership(read().token(), 7), 0));
		// The connection may be there twice for a moment
		this.adopted.add(snapshot(worker.pid(), WorkerState.READY, new Membership(read().token(), 7), 0));
		step();
		assertThat(worker.waitFor(10, TimeUnit.SECONDS)).as("drained, as it is of no generation that is wanted")
			.isTrue();
		step();
		assertThat(this.fleet.snapshot().exits()).singleElement()
			.satisfies((exit) -> assertThat(exit.pid()).isEqualTo(worker.pid()))
			.satisfies((exit) -> assertThat(exit.generation()).isEqualTo(7));
		// Its connection has not ended yet
		step();
		assertThat(read().members()).hasSize(1);
		assertThat(serving()).containsExactly(this.processes.get(0));
	}

	@Test
	void shouldDrainWorkerWithItsTokenThatTheDaemonDoesNotSee() {
		fleet(1, 1);
		step();
		ProcessIdentity unseen = null;
		this.adopted.add(snapshot(unseen, WorkerState.READY, new Membership(read().token(), 1), 0));
		step();
		assertThat(this.drainOrders).as("somebody has to serve").isEmpty();
		readyAll();
		step();
		step();
		assertThat(this.drainOrders).containsExactly(0L);
		assertThat(this.processes).hasSize(1);
	}

	@Test
	void shouldWriteTokenBeforeAnyWorkerHasIt() throws Exception {
		this.launcher.failure = new IOException("As the test wants");
		fleet(1, 1);
		this.fleet.adopt();
		String token = read().token();
		this.launcher.failure = null;
		step();
		assertThat(this.processes.get(0).membership.token()).isEqualTo(token);
	}

	@Test
	void shouldLetAdoptedWorkerThatDrainsKeepItsDeadlineAndReason() throws Exception {
		Process stubborn = stubborn();
		Process obedient = sleep();
		left(2, null, member(stubborn, 1, FleetMember.Phase.DRAINING, ExitReason.REFRESHED, MARGIN.multipliedBy(2)),
				member(obedient, 1, FleetMember.Phase.DRAINING, ExitReason.RETIRED, MARGIN.multipliedBy(2)));
		fleet(1, 1);
		this.fleet.adopt();
		// Two that drain are as many as there may be
		assertThat(obedient.waitFor(10, TimeUnit.SECONDS)).isTrue();
		step();
		assertThat(starting()).as("its replacement does not wait for it").hasSize(1);
		assertThat(this.fleet.snapshot().starting()).isEqualTo(1);
		step(MARGIN);
		assertThat(exitCount(ExitReason.RETIRED)).isEqualTo(1);
		assertThat(this.fleet.snapshot().draining()).isEqualTo(1);
		assertThat(stubborn.isAlive()).isTrue();
		step(MARGIN);
		assertThat(stubborn.waitFor(10, TimeUnit.SECONDS)).isTrue();
		step();
		assertThat(exitCount(ExitReason.DRAIN_TIMEOUT)).isEqualTo(1);
	}

	@Test
	void shouldReplaceAdoptedWorkerThatIsRefusedAtOnce() throws Exception {
		Process stubborn = stubborn();
		left(1, null, member(stubborn, 1));
		fleet(1, 1);
		this.fleet.adopt();
		this.refused.add(new DaemonSnapshot.RefusedWorker(identity(stubborn.pid()), null));
		step();
		assertThat(starting()).hasSize(1);
		assertThat(this.fleet.snapshot().draining()).isEqualTo(1);
		step(DRAIN_TIMEOUT.minus(MARGIN));
		assertThat(stubborn.isAlive()).isTrue();
		stubborn.destroyForcibly();
		assertThat(stubborn.waitFor(10, TimeUnit.SECONDS)).isTrue();
		step();
		assertThat(exitCount(ExitReason.REFUSED)).isEqualTo(1);
	}

	@Test
	void shouldDrainWorkerThatIsInNoBooksAndIsRefused() throws Exception {
		readyFleet(1);
		Process worker = sleep();
		this.refused.add(new DaemonSnapshot.RefusedWorker(identity(worker.pid()), new Membership(read().token(), 1)));
		step();
		assertThat(worker.waitFor(10, TimeUnit.SECONDS)).isTrue();
		step();
		assertThat(exitCount(ExitReason.REFUSED)).isEqualTo(1);
		assertThat(serving()).containsExactly(this.processes.get(0));
	}

	@Test
	void shouldLetWorkerOfItsOwnTryAgainWhenItIsRefused() {
		fleet(1, 1);
		step();
		this.refused.add(new DaemonSnapshot.RefusedWorker(this.processes.get(0).identity(), null));
		step();
		assertThat(starting()).containsExactly(this.processes.get(0));
	}

	@Test
	void shouldReplaceAdoptedWorkerThatSomebodyHasToldToEnd() throws Exception {
		Process worker = sleep();
		left(1, null, member(worker, 1));
		fleet(1, 1);
		this.fleet.adopt();
		this.adopted.add(snapshot(worker.pid(), WorkerState.DRAINING, new Membership("left", 1), 1));
		step();
		assertThat(starting()).hasSize(1);
		assertThat(this.fleet.snapshot().draining()).isEqualTo(1);
		step(DRAIN_TIMEOUT.minus(MARGIN));
		assertThat(worker.isAlive()).isTrue();
		step(MARGIN);
		assertThat(worker.waitFor(10, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void shouldWriteDownWhereEachWorkerIsInItsLife() {
		fleet(2, 2);
		step();
		assertThat(read().members()).extracting(FleetFile.Member::phase)
			.containsExactly(FleetMember.Phase.STARTING, FleetMember.Phase.STARTING);
		readyAll();
		step();
		assertThat(read().members()).extracting(FleetFile.Member::phase)
			.containsExactly(FleetMember.Phase.READY, FleetMember.Phase.READY);
		long now = BootClock.now().toMillis();
		this.fleet.retire(this.processes.get(0).identity());
		FleetFile.Member retired = read().members().get(0);
		assertThat(retired.phase()).isEqualTo(FleetMember.Phase.DRAINING);
		assertThat(retired.reason()).isEqualTo(ExitReason.RETIRED);
		assertThat(Duration.ofMillis(retired.deadlineMillis() - now)).isBetween(DRAIN_TIMEOUT.minus(MARGIN),
				DRAIN_TIMEOUT.plus(MARGIN));
	}

	@Test
	void shouldGoOnWithRefreshOfEarlierDaemon() throws Exception {
		Process old = sleep();
		leftRefreshing(old);
		fleet(1, 1);
		this.fleet.adopt();
		this.adopted.add(snapshot(old.pid(), WorkerState.READY, new Membership("left", 1), 0));
		step();
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.REFRESHING);
		assertThat(this.fleet.snapshot().lastRefresh()).isNull();
		assertThat(starting()).singleElement()
			.matches((process) -> process.membership.generation() == 3)
			.matches((process) -> Path.of("/new-3.jar").equals(process.jar));
		readyAll();
		step();
		prove();
		assertThat(read().members().get(0).deadlineMillis() - BootClock.now().toMillis())
			.as("the drain timeout of the request")
			.isBetween(Duration.ofHours(1).minus(MARGIN).toMillis(),
					Duration.ofHours(1).plus(FleetMember.BAKE_TIME).toMillis());
		assertThat(old.waitFor(10, TimeUnit.SECONDS)).isTrue();
		step();
		step();
		assertThat(exitCount(ExitReason.REFRESHED)).isEqualTo(1);
		assertRefreshed(3);
		assertThat(read().refresh()).isNull();
	}

	@Test
	void shouldTakeBackRefreshOfEarlierDaemonWhenItFails() throws Exception {
		Process old = sleep();
		leftRefreshing(old);
		fleet(1, 1);
		this.fleet.adopt();
		this.adopted.add(snapshot(old.pid(), WorkerState.READY, new Membership("left", 1), 0));
		step();
		starting().get(0).exit(1);
		step();
		assertThat(this.fleet.snapshot().lastRefresh().completed()).isFalse();
		assertThat(this.fleet.snapshot().generation()).isEqualTo(1);
		assertThat(old.isAlive()).isTrue();
		old.destroyForcibly();
		assertThat(old.waitFor(10, TimeUnit.SECONDS)).isTrue();
		step();
		assertThat(last().jar).as("what the generation before ran, wherever the link leads now")
			.isEqualTo(Path.of("/old-1.jar"));
		this.fleet.refresh(refresh("1", null));
		step();
		assertThat(this.fleet.snapshot().generation()).isEqualTo(4);
	}

	@Test
	void shouldTakeBackRefreshOfEarlierDaemonWhenItsJarIsGone() throws Exception {
		Process old = sleep();
		leftRefreshing(old);
		this.launcher.missing.addAll(List.of(Path.of("/new-3.jar"), Path.of("/new.jar")));
		fleet(1, 1);
		this.fleet.adopt();
		step();
		assertThat(this.fleet.snapshot().lastRefresh().reason()).contains("/new.jar");
		assertThat(this.fleet.snapshot().generation()).isEqualTo(1);
		assertThat(this.processes).isEmpty();
	}

	@Test
	void shouldBeginRefreshThatWaitedWhenDaemonWasKilled() {
		readyFleet(1);
		this.fleet.refresh(refresh("1", Path.of("/one.jar")));
		this.fleet.refresh(refresh("50%", Path.of("/two.jar")));
		step();
		fleet(1, 1);
		assertThatNoException().isThrownBy(this.fleet::adopt);
		step();
		assertThat(last().jar).isEqualTo(Path.of("/one.jar"));
		readyAll();
		finishRefresh(0);
		assertRefreshed(3);
		assertThat(this.fleet.snapshot().jar()).isEqualTo(Path.of("/two.jar"));
	}

	/**
	 * Write down that a daemon was refreshing a worker.
	 */
	private void leftRefreshing(Process old) {
		FleetFile.Request request = FleetFile.Request
			.of(new RefreshRequest(RefreshRequest.Batch.ONE, Duration.ofHours(1), Path.of("/new.jar")));
		write(new FleetFile.Content("left", BootClock.boot(), 3, 3, "/new.jar", 1, List.of(member(old, 1)),
				new FleetFile.Refresh(1, "/old.jar", "/old-1.jar", "/new-3.jar", request, null), null));
	}

	/**
	 * Start a process that does not obey SIGTERM.
	 */
	private Process stubborn() throws IOException {
		Process process = new ProcessBuilder("sh", "-c", "trap '' TERM; exec sleep 600").start();
		this.realProcesses.add(process);
		Path name = Path.of("/proc", String.valueOf(process.pid()), "comm");
		await(() -> Files.readString(name).strip().equals("sleep"));
		return process;
	}

	@Test
	void shouldAdoptWorkersWhenRefreshWasTakenBack() throws Exception {
		this.launcher.sleeps = true;
		fleet(1, 1);
		step();
		Process old = this.realProcesses.get(0);
		String token = read().token();
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
		left(2, "/new.jar", member(old, 1));
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
		prove();
		assertThat(old.waitFor(10, TimeUnit.SECONDS)).isTrue();
		step();
		assertThat(serving()).hasSize(1);
	}

	@Test
	void shouldReplaceAdoptedWorkerThatDoesNotRegister() throws Exception {
		Process process = sleep();
		left(1, null, member(process, 1));
		fleet(1, 1);
		this.fleet.adopt();
		step();
		step(START_TIMEOUT);
		assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
		step();
		assertThat(exitCount(ExitReason.START_TIMEOUT)).isEqualTo(1);
		assertThat(this.processes).as("at once, as it is not the jar's fault").hasSize(1);
	}

}
