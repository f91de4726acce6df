package io.fdwork.internal.fleet;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.FleetState;
import io.fdwork.fleet.RefreshOptions;
import io.fdwork.fleet.ScalingRule;
import io.fdwork.fleet.WorkerLimits;
import io.fdwork.internal.process.BootClock;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.wire.Membership;
import io.fdwork.worker.WorkerState;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Fleet}: a new generation that is tried out.
 */
class FleetBakeTests extends AbstractFleetTests {

	private static final Duration BAKE = Duration.ofMinutes(1);

	private static final Duration USUAL = Duration.ofMillis(20);

	@BeforeEach
	void setOptions() {
		this.refreshOptions = new RefreshOptions(Duration.ZERO, 0, 100, 2, 0.01, 2, Duration.ofMillis(10));
	}

	@Test
	void shouldKeepOldWorkersWarmUntilNewOnesHaveStayedWell() {
		readyFleet(2);
		List<FakeProcess> old = List.copyOf(this.processes);
		refresh(0);
		step();
		assertThat(this.fleet.snapshot().bake().left()).as("before they are there").isNull();
		bringOne();
		assertThat(this.held).as("one for each that has proved itself").hasSize(1);
		assertThat(this.processes).as("the next one starts although the first old one is there").hasSize(4);
		bringOne();
		assertThat(this.held).isEqualTo(identities(old));
		assertThat(old).allMatch((process) -> process.state == WorkerState.QUIESCED);
		FleetSnapshot.Bake bake = this.fleet.snapshot().bake();
		assertThat(bake.generation()).isEqualTo(2);
		assertThat(bake.canary()).isFalse();
		assertThat(bake.left()).isBetween(BAKE.minusSeconds(5), BAKE);
		last().answer(50, 50, USUAL);
		step(BAKE.minus(MARGIN));
		assertThat(alive()).noneMatch((process) -> process.terminated);
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.REFRESHING);
		step(MARGIN);
		step();
		assertThat(old).allMatch((process) -> process.terminated);
		assertThat(this.held).as("those that are to end serve no more").isEqualTo(identities(old));
		terminatedExit();
		step();
		step();
		assertRefreshed(2);
		assertThat(exitCount(ExitReason.REFRESHED)).isEqualTo(2);
		assertThat(this.held).isEmpty();
		FleetSnapshot.Refresh refresh = this.fleet.snapshot().lastRefresh();
		assertThat(refresh.comparison().after().requests()).as("too few to judge").isEqualTo(50);
	}

	@Test
	void shouldStartNextWorkerWhileLastOneProvesItself() {
		readyFleet(2);
		refresh(0);
		step();
		assertThat(starting()).hasSize(1);
		readyAll();
		step();
		assertThat(this.held).as("nobody waits for one that has not proved itself").isEmpty();
		assertThat(starting()).as("there may be twice as many").hasSize(1);
		readyAll();
		prove();
		assertThat(alive()).hasSize(4);
	}

	@Test
	void shouldTakeBackWithoutAnyStartWhenMoreRequestsFail() {
		readyFleet(2);
		List<FakeProcess> old = List.copyOf(this.processes);
		old.forEach((process) -> process.answer(500, 1, USUAL));
		refresh(0);
		step();
		bringOne();
		bringOne();
		List<FakeProcess> fresh = this.processes.subList(2, 4);
		fresh.get(0).answer(200, 10, USUAL);
		fresh.get(1).answer(100, 20, USUAL);
		step();
		assertRolledBack("Of the requests to generation 2 10.0% (30 of 300) failed, "
				+ "of those to generation 1 0.2% (2 of 1000)");
		assertThat(old).allMatch((process) -> process.state == WorkerState.READY && !process.terminated);
		assertThat(fresh).allMatch((process) -> process.terminated);
		FleetSnapshot.Comparison comparison = this.fleet.snapshot().lastRefresh().comparison();
		assertThat(comparison.before().requests()).isEqualTo(1000);
		assertThat(comparison.after().failed()).isEqualTo(30);
		assertThat(comparison.after().serviceTime()).as("not settled yet").isNull();
		assertThat(this.fleet.snapshot().bake()).isNull();
		terminatedExit();
		step(LONG);
		assertThat(this.processes).as("nothing was started").hasSize(4);
		assertThat(exitCount(ExitReason.ROLLED_BACK)).isEqualTo(2);
		assertThat(this.fleet.snapshot().generation()).isEqualTo(1);
	}

	@Test
	void shouldTakeBackWhenItIsSlowerAndNotOnlyCold() {
		readyFleet(1);
		this.processes.get(0).answer(300, 0, USUAL);
		refresh(0);
		step();
		bringOne();
		last().answer(300, 0, Duration.ofSeconds(1));
		step();
		assertThat(this.fleet.snapshot().lastRefresh()).as("a JVM is slow at first").isNull();
		step(Bake.SETTLE_TIME);
		last().answer(300, 0, Duration.ofMillis(60));
		step();
		FleetSnapshot.Refresh refresh = this.fleet.snapshot().lastRefresh();
		assertThat(refresh.reason()).startsWith("Generation 2 served 95% of its works within ")
			.contains(" ms, generation 1 within ");
		assertThat(refresh.comparison().before().serviceTime()).isBetween(Duration.ofMillis(15), Duration.ofMillis(25));
		assertThat(refresh.comparison().after().serviceTime()).isBetween(Duration.ofMillis(50), Duration.ofMillis(70));
		assertThat(this.held).isEmpty();
	}

	@Test
	void shouldNotMindWhatIsWithinFactorsAndTolerances() {
		readyFleet(1);
		this.processes.get(0).answer(1000, 30, USUAL);
		refresh(0);
		step();
		bringOne();
		step(Bake.SETTLE_TIME);
		// Less than twice as many, and as slow
		last().answer(1000, 55, Duration.ofMillis(30));
		step();
		assertThat(this.fleet.snapshot().lastRefresh()).isNull();
		assertThat(this.fleet.snapshot().bake()).isNotNull();
	}

	@Test
	void shouldReplaceTheOthersOnlyWhenCanaryHasStayedWell() {
		readyFleet(3);
		List<FakeProcess> old = List.copyOf(this.processes);
		refresh(1);
		step();
		assertThat(this.processes).hasSize(4);
		assertThat(last().membership.generation()).isEqualTo(2);
		assertThat(this.fleet.snapshot().generation()).as("not wanted yet").isEqualTo(1);
		assertThat(read().refresh().stage()).isEqualTo(RefreshStage.CANARY);
		bringOne();
		assertThat(this.processes).hasSize(4);
		assertThat(this.fleet.snapshot().bake().canary()).isTrue();
		assertThat(this.held).isEmpty();
		step(BAKE.minus(MARGIN));
		assertThat(this.processes).as("the rest only after it has proved itself").hasSize(4);
		assertThat(old).noneMatch((process) -> process.terminated);
		step(MARGIN);
		step();
		assertThat(this.fleet.snapshot().generation()).isEqualTo(2);
		assertThat(read().refresh().stage()).isEqualTo(RefreshStage.BAKE);
		assertThat(this.held).hasSize(1);
		bringOne();
		bringOne();
		assertThat(this.held).isEqualTo(identities(old));
		assertThat(this.processes).hasSize(6);
		step(BAKE);
		step();
		assertThat(old).allMatch((process) -> process.terminated);
		terminatedExit();
		step();
		step();
		assertRefreshed(2);
	}

	@Test
	void shouldTakeCanaryBackAndLeaveTheOthersAlone() {
		readyFleet(3);
		List<FakeProcess> old = List.copyOf(this.processes);
		old.forEach((process) -> process.answer(1000, 500, USUAL));
		refresh(1);
		step();
		bringOne();
		old.forEach((process) -> process.answer(100, 0, USUAL));
		last().answer(100, 9, USUAL);
		step();
		assertRolledBack("Of the requests to generation 2 9.0% (9 of 100) failed, "
				+ "of those to generation 1 0.0% (0 of 300)");
		assertThat(last().terminated).isTrue();
		assertThat(old).noneMatch((process) -> process.terminated);
		terminatedExit();
		step(LONG);
		assertThat(this.processes).hasSize(4);
		assertThat(this.fleet.snapshot().generation()).isEqualTo(1);
	}

	@Test
	void shouldNotBlameCanaryForWhatAllWorkersSuffer() {
		readyFleet(2);
		refresh(1);
		step();
		bringOne();
		this.processes.forEach((process) -> process.answer(200, 100, USUAL));
		step();
		assertThat(this.fleet.snapshot().lastRefresh()).isNull();
	}

	@Test
	void shouldTakeBackCanaryThatDoesNotStart() {
		readyFleet(2);
		refresh(1);
		step();
		last().exit(3);
		step();
		assertThat(this.fleet.snapshot().lastRefresh().reason()).contains("exited with 3").contains("EARLY");
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
		assertThat(serving()).hasSize(2);
	}

	@Test
	void shouldReplaceOldWorkerThatCrashesBesideCanary() {
		readyFleet(2);
		refresh(1);
		step();
		bringOne();
		this.processes.get(0).exit(1);
		step();
		step();
		assertThat(this.fleet.snapshot().lastRefresh()).as("not the fault of the canary").isNull();
		assertThat(starting()).hasSize(1).allMatch((process) -> process.membership.generation() == 1);
	}

	@Test
	void shouldTakeBackWhenNewWorkerEndsOrSaysNothing() {
		readyFleet(1);
		refresh(0);
		step();
		bringOne();
		last().exit(1);
		step();
		assertThat(this.fleet.snapshot().lastRefresh().reason()).contains("CRASHED");
		assertThat(this.held).isEmpty();
		refresh(0);
		step();
		bringOne();
		assertThat(this.held).hasSize(1);
		last().state = WorkerState.UNRESPONSIVE;
		step();
		assertThat(this.fleet.snapshot().lastRefresh().reason()).contains("was unresponsive while it was tried out");
		assertThat(this.held).isEmpty();
		assertThat(this.processes.get(0).state).isEqualTo(WorkerState.READY);
	}

	@Test
	void shouldTakeBackWhenHealthOfNewWorkerAloneStaysDown() {
		readyFleet(1);
		FakeProcess old = this.processes.get(0);
		refresh(0);
		step();
		bringOne();
		step(HealthWatch.INTERVAL);
		assertThat(this.examined).contains(old.pid(), last().pid());
		int asked = this.examined.size();
		step(HealthWatch.INTERVAL);
		assertThat(this.examined).as("again and again").hasSize(asked + 2);
		old.down = "its health is DOWN, for [db]";
		last().down = "its health is DOWN, for [db]";
		step();
		step(HealthWatch.PATIENCE);
		assertThat(this.fleet.snapshot().lastRefresh()).as("both are").isNull();
		old.down = null;
		step();
		step(HealthWatch.PATIENCE.minusSeconds(1));
		assertThat(this.fleet.snapshot().lastRefresh()).as("for a moment").isNull();
		step(Duration.ofSeconds(1));
		assertThat(this.fleet.snapshot().lastRefresh().reason()).isEqualTo("Worker " + last().pid()
				+ " of generation 2 is not well, and those of the generation before are: its health is DOWN, for [db]");
		assertThat(this.held).isEmpty();
	}

	@Test
	void shouldBeginAgainWhenNewWorkerRefusesForAWhileOrAllAreQuiesced() {
		readyFleet(1);
		refresh(0);
		step();
		bringOne();
		step(BAKE.minus(MARGIN));
		last().state = WorkerState.REFUSING;
		step();
		last().state = WorkerState.READY;
		step();
		prove();
		assertThat(this.fleet.snapshot().bake().left()).isGreaterThan(BAKE.minusSeconds(5));
		step(BAKE.minus(MARGIN));
		this.fleet.quiesce();
		step();
		step(LONG);
		assertThat(this.fleet.snapshot().bake().left()).isNull();
		this.fleet.resume();
		step();
		assertThat(this.fleet.snapshot().bake().left()).isGreaterThan(BAKE.minusSeconds(5));
	}

	@Test
	void shouldGrowWithNewGenerationAndWithOldOneBesideCanary() {
		int[] target = { 1 };
		this.rule = (figures) -> new ScalingRule.Decision(target[0], "");
		fleet(1, 4);
		step();
		readyAll();
		step();
		step(FleetMember.SHORT_LIFE);
		refresh(1);
		step();
		bringOne();
		target[0] = 2;
		step();
		assertThat(starting()).hasSize(1).allMatch((process) -> process.membership.generation() == 1);
		readyAll();
		step();
		prove();
		step(BAKE);
		step();
		bringOne();
		assertThat(this.held).hasSize(2);
		target[0] = 3;
		step();
		assertThat(starting()).hasSize(1).allMatch((process) -> process.membership.generation() == 2);
	}

	@Test
	void shouldRecycleWhileItIsTriedOut() {
		this.limits = new WorkerLimits(null, 1000L, null, null, null, null);
		readyFleet(1);
		refresh(0);
		step();
		bringOne();
		step(FleetMember.SHORT_LIFE);
		FakeProcess large = last();
		this.processes.get(0).requests = 1000;
		large.requests = 1000;
		step(Recycling.LOOK_INTERVAL);
		step();
		assertThat(starting()).hasSize(1);
		readyAll();
		step();
		prove();
		step();
		assertThat(large.terminated).isTrue();
		assertThat(this.processes.get(0).terminated).as("it waits").isFalse();
		assertThat(this.held).hasSize(1);
		assertThat(this.fleet.snapshot().bake()).isNotNull();
	}

	@Test
	void shouldGoOnWithWhatAnEarlierDaemonHasTriedOut() throws Exception {
		Process old = sleep();
		Process fresh = sleep();
		FleetFile.Request request = FleetFile.Request
			.of(new RefreshRequest(RefreshRequest.Batch.ONE, null, Path.of("/new.jar"), BAKE, 0));
		write(new FleetFile.Content("left", BootClock.boot(), 2, 2, "/new.jar", 1,
				List.of(member(old, 1), member(fresh, 2)),
				new FleetFile.Refresh(1, null, null, "/new.jar", request, RefreshStage.BAKE), null));
		this.adopted.add(snapshot(old.pid(), WorkerState.READY, new Membership("left", 1), 0));
		this.adopted.add(snapshot(fresh.pid(), WorkerState.READY, new Membership("left", 2), 0));
		fleet(1, 1);
		this.fleet.adopt();
		step();
		prove();
		step();
		assertThat(this.held).containsExactly(identity(old.pid()));
		assertThat(this.fleet.snapshot().bake().left()).as("from the beginning").isGreaterThan(BAKE.minusSeconds(5));
		assertThat(this.processes).isEmpty();
		step(BAKE);
		step();
		assertThat(old.waitFor(10, TimeUnit.SECONDS)).isTrue();
		assertThat(fresh.isAlive()).isTrue();
	}

	@Test
	void shouldGoOnWithCanaryOfAnEarlierDaemon() throws Exception {
		Process old = sleep();
		Process canary = sleep();
		FleetFile.Request request = FleetFile.Request
			.of(new RefreshRequest(RefreshRequest.Batch.ONE, null, Path.of("/new.jar"), BAKE, 1));
		write(new FleetFile.Content("left", BootClock.boot(), 2, 2, "/new.jar", 1,
				List.of(member(old, 1), member(canary, 2)),
				new FleetFile.Refresh(1, null, null, "/new.jar", request, RefreshStage.CANARY), null));
		this.adopted.add(snapshot(old.pid(), WorkerState.READY, new Membership("left", 1), 0));
		this.adopted.add(snapshot(canary.pid(), WorkerState.UNRESPONSIVE, new Membership("left", 2), 0));
		fleet(1, 1);
		this.fleet.adopt();
		step();
		assertThat(this.fleet.snapshot().generation()).isEqualTo(1);
		assertThat(this.fleet.snapshot().bake().canary()).isTrue();
		assertThat(this.processes).isEmpty();
		this.adopted.set(1, snapshot(canary.pid(), WorkerState.READY, new Membership("left", 2), 0));
		step();
		prove();
		step();
		assertThat(old.isAlive()).isTrue();
		canary.destroyForcibly();
		assertThat(canary.waitFor(10, TimeUnit.SECONDS)).isTrue();
		this.adopted.remove(1);
		step();
		step(Duration.ofSeconds(2));
		assertThat(this.fleet.snapshot().lastRefresh().completed()).isFalse();
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
		assertThat(old.isAlive()).isTrue();
	}

	@Test
	void shouldDoAsConfiguredUnlessAskedOtherwise() {
		this.refreshOptions = new RefreshOptions(BAKE, 1, 100, 2, 0.01, 2, Duration.ofMillis(10));
		readyFleet(2);
		this.fleet.refresh(refresh("1", null));
		step();
		assertThat(this.fleet.snapshot().bake().canary()).isTrue();
		assertThat(read().refresh().request().bakeMillis()).isEqualTo(BAKE.toMillis());
		bringOne();
		last().exit(1);
		step();
		step();
		this.fleet.refresh(new RefreshRequest(RefreshRequest.Batch.ONE, null, null, Duration.ZERO, null));
		step();
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.REFRESHING);
		assertThat(this.fleet.snapshot().bake()).isNull();
	}

	@Test
	void shouldRefuseCanaryWithoutTime() {
		readyFleet(1);
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.fleet.refresh(new RefreshRequest(RefreshRequest.Batch.ONE, null, null, null, 1)))
			.withMessageContaining("give bake as well")
			.withMessageContaining("fdwork.daemon.fleet.refresh.bake-time");
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
	}

	private void refresh(int canary) {
		this.fleet.refresh(new RefreshRequest(RefreshRequest.Batch.ONE, null, null, BAKE, canary));
	}

	/**
	 * Let what starts be ready and stay so for as long as is wanted of each.
	 */
	private void bringOne() {
		assertThat(starting()).hasSize(1);
		readyAll();
		step();
		prove();
		step();
	}

	private void assertRolledBack(String reason) {
		FleetSnapshot snapshot = this.fleet.snapshot();
		assertThat(snapshot.lastRefresh().completed()).isFalse();
		assertThat(snapshot.lastRefresh().reason()).isEqualTo(reason);
		assertThat(snapshot.state()).isEqualTo(FleetState.RUNNING);
		assertThat(this.held).isEmpty();
	}

	private static Set<ProcessIdentity> identities(List<FakeProcess> processes) {
		return Set.copyOf(processes.stream().map(FakeProcess::identity).toList());
	}

}
