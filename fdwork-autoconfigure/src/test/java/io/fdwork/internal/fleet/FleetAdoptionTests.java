package io.fdwork.internal.fleet;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetState;
import io.fdwork.internal.wire.Membership;
import io.fdwork.worker.WorkerState;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Fleet} that takes over what an earlier one has left.
 */
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
		new FleetFile(this.directory).write(new FleetFile.Content("left", 1, 1, null,
				List.of(member(living, 1, Duration.ZERO), member(ended, 1, Duration.ZERO))));
		ended.destroyForcibly();
		assertThat(ended.waitFor(10, TimeUnit.SECONDS)).isTrue();
		assertThat(Survivors.of(this.directory)).containsExactly(living.pid());
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
		prove();
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

}
