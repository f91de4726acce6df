package io.fdwork.internal.fleet;

import java.time.Duration;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetState;
import io.fdwork.fleet.WorkerExit;
import io.fdwork.fleet.WorkerLimits;
import io.fdwork.worker.WorkerState;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Fleet}: workers that hang.
 */
class FleetHangTests extends AbstractFleetTests {

	private static final Duration HANG_TIMEOUT = Duration.ofMinutes(1);

	private static final Duration MAX_SERVICE_TIME = Duration.ofMinutes(2);

	FleetHangTests() {
		this.limits = new WorkerLimits(null, null, null, null, HANG_TIMEOUT, MAX_SERVICE_TIME);
	}

	@Test
	void shouldKillAndReplaceWorkerThatIsUnresponsiveForTooLongAndKeepItsDump() {
		readyFleet(2);
		FakeProcess hung = hang(this.processes.get(0));
		step();
		step(HANG_TIMEOUT.dividedBy(2));
		assertThat(hung.dumpsAsked).isZero();
		assertThat(this.processes).hasSize(2);
		step(HANG_TIMEOUT.dividedBy(2));
		assertThat(hung.dumpsAsked).isEqualTo(1);
		assertThat(this.processes).as("its place is taken at once").hasSize(3);
		assertThat(hung.killed).as("it may dump").isFalse();
		hung.dump.add("Full thread dump OpenJDK");
		hung.dump.add("\"main\" #1");
		step();
		assertThat(hung.killed).isFalse();
		hung.dump.add("JNI global refs: 1, weak refs: 0");
		step();
		assertThat(hung.killed).isTrue();
		assertThat(hung.terminated).isFalse();
		step();
		WorkerExit exit = exit();
		assertThat(exit.reason()).isEqualTo(ExitReason.HUNG);
		assertThat(exit.cause()).contains("unresponsive for 60", "fdwork.daemon.fleet.hang-timeout=PT1M")
			.doesNotContain("no thread dump");
		assertThat(exit.threadDump()).startsWith("Full thread dump OpenJDK\n\"main\" #1\nJNI global refs");
		readyAll();
		step();
		assertThat(serving()).hasSize(2);
		assertThat(this.fleet.snapshot().reason()).isNull();
	}

	@Test
	void shouldSayWhyThereIsNoDump() {
		readyFleet(3);
		FakeProcess stopped = hang(this.processes.get(0));
		stopped.stopped = true;
		FakeProcess silent = hang(this.processes.get(1));
		FakeProcess elsewhere = hang(this.processes.get(2));
		elsewhere.dump = null;
		step();
		step(HANG_TIMEOUT);
		assertThat(elsewhere.killed).isTrue();
		step(Hang.DUMP_PATIENCE.minusMillis(100));
		assertThat(stopped.killed).isFalse();
		step(Duration.ofMillis(100));
		assertThat(stopped.killed).isTrue();
		assertThat(silent.killed).isTrue();
		step();
		assertThat(exits()).hasSize(3).allSatisfy((exit) -> {
			assertThat(exit.reason()).isEqualTo(ExitReason.HUNG);
			assertThat(exit.threadDump()).isNull();
		});
		assertThat(cause(stopped)).endsWith("There is no thread dump: a signal has stopped it");
		assertThat(cause(silent)).endsWith("There is no thread dump: it wrote none within 5 s");
		assertThat(cause(elsewhere)).contains("an earlier daemon has started it");
	}

	@Test
	void shouldForgetSilenceOfWorkerThatReportsAgain() {
		readyFleet(1);
		FakeProcess process = hang(this.processes.get(0));
		step();
		step(HANG_TIMEOUT.minusSeconds(1));
		process.state = WorkerState.READY;
		step();
		process.state = WorkerState.UNRESPONSIVE;
		step(HANG_TIMEOUT.minusSeconds(1));
		step(HANG_TIMEOUT.minusSeconds(2));
		assertThat(process.dumpsAsked).isZero();
		step(Duration.ofSeconds(2));
		assertThat(process.dumpsAsked).isEqualTo(1);
	}

	@Test
	void shouldNotBeHeldUpByWorkerThatHangs() {
		fleet(2, 4);
		step();
		readyAll();
		step();
		step(FleetMember.SHORT_LIFE);
		hang(this.processes.get(0));
		step();
		this.fleet.scale(4, 4);
		step();
		assertThat(starting()).as("growth before the timeout").hasSize(2);
		readyAll();
		step();
		this.fleet.refresh(refresh("100%", null));
		step();
		readyAll();
		step();
		prove();
		step(HANG_TIMEOUT);
		step(Hang.DUMP_PATIENCE);
		terminatedExit();
		step();
		step();
		assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.RUNNING);
		assertRefreshed(2);
	}

	@Test
	void shouldTakeRefreshBackWhenNewWorkerHangs() {
		readyFleet(2);
		this.fleet.refresh(refresh("1", null));
		step();
		readyAll();
		step();
		FakeProcess hung = hang(last());
		step();
		step(HANG_TIMEOUT);
		step();
		assertThat(this.fleet.snapshot().lastRefresh().completed()).isFalse();
		step(Hang.DUMP_PATIENCE);
		step();
		assertThat(hung.killed).isTrue();
		assertThat(exit().reason()).isEqualTo(ExitReason.HUNG);
		assertThat(serving()).hasSize(2).allMatch((process) -> process.membership.generation() == 1);
	}

	@Test
	void shouldReplaceWorkerThatServesWorkForTooLongBeforeItIsDrained() {
		readyFleet(1);
		FakeProcess slow = this.processes.get(0);
		slow.dump = new ThreadDump();
		slow.longestService = MAX_SERVICE_TIME.minusMillis(1);
		step();
		assertThat(this.processes).hasSize(1);
		slow.longestService = MAX_SERVICE_TIME;
		step();
		step();
		assertThat(this.processes).hasSize(2);
		assertThat(slow.dumpsAsked).isEqualTo(1);
		slow.dump.add("Full thread dump OpenJDK");
		slow.dump.add("JNI global refs: 1");
		readyAll();
		step();
		assertThat(slow.terminated).as("it may serve others").isFalse();
		prove();
		step();
		assertThat(slow.terminated).isTrue();
		assertThat(slow.killed).isFalse();
		step(DRAIN_TIMEOUT);
		assertThat(slow.killed).isTrue();
		step();
		WorkerExit exit = exit();
		assertThat(exit.reason()).isEqualTo(ExitReason.HUNG);
		assertThat(exit.cause()).contains("120000 ms", "max-service-time=PT2M");
		assertThat(exit.threadDump()).contains("Full thread dump");
	}

	@Test
	void shouldLetWorkersHangWhenNothingSaysForHowLong() {
		this.limits = WorkerLimits.NONE;
		readyFleet(1);
		FakeProcess process = hang(this.processes.get(0));
		process.longestService = Duration.ofDays(1);
		step();
		step(Duration.ofDays(1));
		assertThat(process.dumpsAsked).isZero();
		assertThat(this.processes).hasSize(1);
	}

	private static FakeProcess hang(FakeProcess process) {
		process.dump = new ThreadDump();
		process.state = WorkerState.UNRESPONSIVE;
		return process;
	}

	private WorkerExit exit() {
		assertThat(exits()).hasSize(1);
		return exits().get(0);
	}

	private String cause(FakeProcess process) {
		return exits().stream().filter((exit) -> exit.pid() == process.pid()).findFirst().orElseThrow().cause();
	}

}
