package io.fdwork.internal.fleet;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetState;
import io.fdwork.fleet.ScalingFigures;
import io.fdwork.fleet.ScalingRule;
import io.fdwork.worker.WorkerState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Fleet} with workers that were ready and are not any more.
 */
class FleetReadinessTests extends AbstractFleetTests {

	/**
	 * Without a state, a worker is not registered.
	 */
	static Stream<@Nullable WorkerState> notReady() {
		return Stream.of(WorkerState.UNRESPONSIVE, WorkerState.REFUSING, null);
	}

	@ParameterizedTest
	@MethodSource("notReady")
	void shouldKeepWorkerThatIsNotReadyAnyMore(@Nullable WorkerState state) {
		readyFleet(2);
		FakeProcess worker = this.processes.get(0);
		worker.state = state;
		step();
		step(START_TIMEOUT.plus(DRAIN_TIMEOUT));
		step(LONG);
		assertThat(worker.killed).isFalse();
		assertThat(worker.terminated).isFalse();
		assertThat(this.processes).as("no other takes its place").hasSize(2);
		assertThat(this.fleet.snapshot().starting()).isZero();
		worker.exit(1);
		step();
		assertThat(exitCount(ExitReason.CRASHED)).isEqualTo(1);
		assertThat(this.processes).as("without a back-off").hasSize(3);
	}

	@ParameterizedTest
	@MethodSource("notReady")
	void shouldKeepOldWorkersWhenNewOneIsNotReadyAnyMore(@Nullable WorkerState state) {
		readyFleet(2);
		FakeProcess old = this.processes.get(1);
		this.fleet.refresh(refresh("1", null));
		step();
		readyAll();
		step();
		prove();
		terminatedExit();
		step();
		assertThat(this.processes).hasSize(4);
		this.processes.get(2).state = state;
		this.processes.get(3).state = WorkerState.READY;
		step();
		prove();
		step(START_TIMEOUT.dividedBy(2));
		assertThat(old.terminated).as("one of two that are ready").isFalse();
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.REFRESHING);
		this.processes.get(2).state = WorkerState.READY;
		step();
		prove();
		assertThat(old.terminated).isTrue();
		terminatedExit();
		step();
		assertRefreshed(2);
	}

	@Test
	void shouldNotCompleteRefreshWhileNewWorkerIsNotReadyAnyMore() {
		readyFleet(1);
		this.fleet.refresh(refresh("1", null));
		step();
		readyAll();
		step();
		prove();
		last().state = WorkerState.UNRESPONSIVE;
		terminatedExit();
		step();
		step();
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.REFRESHING);
		last().state = WorkerState.READY;
		step();
		prove();
		assertRefreshed(2);
	}

	@Test
	void shouldDrainOldWorkerThatIsNotReadyBeforeOneThatIs() {
		readyFleet(2);
		this.processes.get(1).state = WorkerState.REFUSING;
		this.fleet.refresh(refresh("1", null));
		step();
		assertThat(this.processes.get(1).terminated).as("it may accept again").isFalse();
		readyAll();
		step();
		prove();
		assertThat(this.processes.get(1).terminated).isTrue();
		assertThat(this.processes.get(0).terminated).isFalse();
		terminatedExit();
		finishRefresh(2);
		assertRefreshed(2);
	}

	@Test
	void shouldKeepEnoughWhenDaemonHasHeardFromNobodyForMoment() {
		readyFleet(2);
		List<FakeProcess> old = List.copyOf(this.processes);
		this.fleet.refresh(refresh("100%", null));
		step();
		old.forEach((process) -> process.state = WorkerState.UNRESPONSIVE);
		step();
		assertThat(old).noneMatch((process) -> process.terminated);
		last().state = WorkerState.READY;
		step();
		step();
		assertThat(old).filteredOn((process) -> process.terminated).hasSize(1);
		old.forEach((process) -> process.state = WorkerState.READY);
		step();
		prove();
		assertThat(old).filteredOn((process) -> process.terminated).hasSize(1);
		terminatedExit();
		finishRefresh(2);
		assertRefreshed(2);
	}

	@Test
	void shouldRefreshWorkersThatAllRefuse() {
		readyFleet(2);
		this.processes.forEach((process) -> process.state = WorkerState.REFUSING);
		this.fleet.refresh(refresh("1", null));
		for (int i = 0; i < 10; i++) {
			step();
			readyAll();
			step();
			terminatedExit();
		}
		assertRefreshed(2);
	}

	@ParameterizedTest
	@MethodSource("notReady")
	void shouldNotCountWorkerThatIsNotReadyAnyMoreAsCapacity(@Nullable WorkerState state) {
		List<ScalingFigures> figures = new CopyOnWriteArrayList<>();
		this.rule = (now) -> {
			figures.add(now);
			return new ScalingRule.Decision(now.target(), "");
		};
		readyFleet(2);
		this.processes.get(0).state = state;
		figures.clear();
		step();
		assertThat(figures).hasSize(1);
		assertThat(figures.get(0).ready()).isEqualTo(1);
		assertThat(figures.get(0).starting()).isZero();
		assertThat(figures.get(0).capacity()).isEqualTo(2);
	}

	@Test
	void shouldCountWorkerWhoseApplicationIsNotReadyAsStarting() {
		fleet(1, 1);
		step();
		last().state = WorkerState.REFUSING;
		step();
		assertThat(this.fleet.snapshot().starting()).isEqualTo(1);
		step(START_TIMEOUT);
		assertThat(last().killed).isTrue();
		step();
		assertThat(exitCount(ExitReason.START_TIMEOUT)).isEqualTo(1);
	}

}
