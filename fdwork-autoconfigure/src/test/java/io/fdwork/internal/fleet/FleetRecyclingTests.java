package io.fdwork.internal.fleet;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetState;
import io.fdwork.fleet.WorkerExit;
import io.fdwork.fleet.WorkerLimits;
import io.fdwork.worker.WorkerState;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Fleet}: workers that have grown old or large.
 */
class FleetRecyclingTests extends AbstractFleetTests {

	private static final long MEBIBYTE = 1024 * 1024;

	@Test
	void shouldReplaceWorkerThatHasAnsweredEnoughAndSaySo() {
		this.limits = new WorkerLimits(null, 1000L, null, null, null, null);
		readyFleet(2);
		FakeProcess old = this.processes.get(0);
		FakeProcess other = this.processes.get(1);
		old.requests = 899;
		look();
		assertThat(this.processes).as("none is due before nine tenths").hasSize(2);
		old.requests = 1000;
		look();
		step();
		assertThat(this.processes).hasSize(3);
		assertThat(serving()).as("until the next one has proved itself").contains(old, other);
		readyAll();
		step();
		assertThat(old.terminated).isFalse();
		prove();
		step();
		assertThat(old.terminated).isTrue();
		assertThat(other.terminated).isFalse();
		terminatedExit();
		step();
		assertThat(exits()).hasSize(1);
		WorkerExit exit = exits().get(0);
		assertThat(exit.reason()).isEqualTo(ExitReason.RECYCLED);
		assertThat(exit.cause()).isEqualTo("It had answered 1000 requests (fdwork.daemon.fleet.max-requests=1000)");
		assertThat(serving()).hasSize(2).contains(other, last());
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
	}

	@Test
	void shouldReplaceOneAtATimeWhenAllAreDue() {
		this.limits = new WorkerLimits(null, null, 100 * MEBIBYTE, null, null, null);
		readyFleet(3);
		this.processes.forEach((process) -> process.resident = 101 * MEBIBYTE);
		Set<FakeProcess> old = new HashSet<>(this.processes);
		for (int i = 0; i < 3; i++) {
			look();
			step();
			assertThat(this.processes).hasSize(4 + i);
			assertThat(starting()).hasSize(1);
			assertThat(serving()).hasSize(3);
			readyAll();
			step();
			prove();
			step();
			assertThat(serving()).hasSize(3);
			assertThat(alive().stream().filter((process) -> process.terminated)).hasSize(1);
			look();
			assertThat(starting()).as("not while one drains").isEmpty();
			terminatedExit();
			step();
		}
		step(FleetMember.SHORT_LIFE);
		look();
		assertThat(serving()).hasSize(3).doesNotContainAnyElementsOf(old);
		assertThat(exitCount(ExitReason.RECYCLED)).isEqualTo(3);
		assertThat(exits().get(0).cause()).contains("101 MB of memory resident").contains("100MB");
	}

	@Test
	void shouldReplaceWorkerWhoseHeapIsLargeAfterCollection() {
		this.limits = new WorkerLimits(null, null, null, 50 * MEBIBYTE, null, null);
		readyFleet(1);
		this.processes.get(0).heap = 50 * MEBIBYTE;
		look();
		assertThat(this.processes).hasSize(1);
		this.processes.get(0).heap = 51 * MEBIBYTE;
		recycleOne();
		assertThat(exits().get(0).cause()).contains("after a collection", "max-heap=50MB");
	}

	@Test
	void shouldReplaceWorkerOfSomeAgeUpToTenthEarlier() {
		Duration age = Duration.ofHours(1);
		this.limits = new WorkerLimits(age, null, null, null, null, null);
		readyFleet(1);
		step(age.multipliedBy(85).dividedBy(100));
		look();
		assertThat(this.processes).hasSize(1);
		step(age.multipliedBy(15).dividedBy(100));
		recycleOne();
		assertThat(exits().get(0).cause()).contains(" s old").contains("max-age=PT1H");
	}

	@Test
	void shouldNotRecycleInARefreshNorBeforeWorkerHasLivedForAWhile() {
		this.limits = new WorkerLimits(null, 10L, null, null, null, null);
		readyFleet(2);
		this.processes.forEach((process) -> process.requests = 10);
		this.fleet.refresh(refresh("1", null));
		finishRefresh(2);
		assertRefreshed(2);
		assertThat(exitCount(ExitReason.RECYCLED)).isZero();
		assertThat(exitCount(ExitReason.REFRESHED)).isEqualTo(2);
		step(FleetMember.SHORT_LIFE);
		int before = this.processes.size();
		this.fleet.scale(3, 3);
		step();
		readyAll();
		step();
		last().requests = 10;
		prove();
		look();
		assertThat(this.processes).as("ready for less than ten seconds").hasSize(before + 1);
		step(FleetMember.SHORT_LIFE);
		look();
		step();
		assertThat(this.processes).hasSize(before + 2);
	}

	@Test
	void shouldServeOnWhenNextWorkerDoesNotStart() {
		this.limits = new WorkerLimits(null, 10L, null, null, null, null);
		readyFleet(1);
		FakeProcess old = this.processes.get(0);
		old.requests = 10;
		look();
		exitEarly(3);
		assertThat(old.terminated).isFalse();
		step(MAX_BACKOFF);
		readyAll();
		step();
		prove();
		step();
		assertThat(old.terminated).isTrue();
	}

	@Test
	void shouldRefreshWhatIsBeingRecycled() {
		this.limits = new WorkerLimits(null, 10L, null, null, null, null);
		readyFleet(2);
		this.processes.get(0).requests = 10;
		look();
		step();
		FakeProcess next = last();
		this.fleet.refresh(refresh("1", null));
		step();
		assertThat(next.terminated).as("of the generation before").isTrue();
		terminatedExit();
		finishRefresh(2);
		assertRefreshed(2);
		assertThat(exitCount(ExitReason.RECYCLED)).isZero();
		assertThat(serving()).hasSize(2);
	}

	@Test
	void shouldRecycleNobodyThatIsNotReady() {
		this.limits = new WorkerLimits(null, 10L, null, null, null, null);
		readyFleet(2);
		FakeProcess refusing = this.processes.get(0);
		refusing.requests = 10;
		refusing.state = WorkerState.REFUSING;
		look();
		step();
		assertThat(this.processes).hasSize(2);
	}

	/**
	 * Step when it looks again.
	 */
	private void look() {
		step(Recycling.LOOK_INTERVAL);
	}

	private void recycleOne() {
		look();
		step();
		assertThat(starting()).hasSize(1);
		readyAll();
		step();
		prove();
		step();
		terminatedExit();
		step();
		assertThat(exitCount(ExitReason.RECYCLED)).isEqualTo(1);
		assertThat(serving()).containsExactly(last());
	}

}
