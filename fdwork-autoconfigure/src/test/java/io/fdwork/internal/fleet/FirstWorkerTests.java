package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import io.fdwork.fleet.ExitReason;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.worker.WorkerState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link FirstWorker}.
 */
class FirstWorkerTests extends AbstractFleetTests {

	private DaemonDirectory run;

	@BeforeEach
	void open() {
		this.directory = this.directory.resolve("run");
		this.run = DaemonDirectory.open(this.directory);
	}

	@AfterEach
	void close() {
		if (this.first != null) {
			this.first.close();
		}
		this.run.close();
	}

	@Test
	void shouldBeFirstOfFleet() throws IOException {
		this.maxStarting = 1;
		start();
		assertThat(this.processes).hasSize(1);
		assertThat(read().token()).isEqualTo(last().membership.token());
		assertThat(read().members()).extracting(FleetFile.Member::pid).containsExactly(last().pid());
		fleet(2, 2);
		this.fleet.adopt();
		step();
		assertThat(this.processes).as("the next one when it is ready").hasSize(1);
		last().state = WorkerState.READY;
		step();
		assertThat(this.processes).hasSize(2);
		assertThat(last().membership).isEqualTo(this.processes.get(0).membership);
		this.first.close();
		assertThat(alive()).as("the fleet has them").hasSize(2);
		assertThat(read().members()).hasSize(2);
	}

	@Test
	void shouldCountAsAttemptThatFailedWhenItEndsBeforeFleetStarts() throws IOException {
		start();
		last().exit(1);
		fleet(1, 1);
		this.fleet.adopt();
		step();
		assertThat(exitCount(ExitReason.EARLY)).isEqualTo(1);
		assertThat(this.processes).as("not before the backoff is over").hasSize(1);
		step(MIN_BACKOFF);
		assertThat(this.processes).hasSize(2);
	}

	@Test
	void shouldNotBeStartedWhenEarlierDaemonHasLeftSome() throws IOException {
		left(1, null, member(sleep(), 1));
		start();
		assertThat(this.first).isNull();
		assertThat(this.processes).isEmpty();
		assertThat(read().token()).isEqualTo("left");
	}

	@Test
	void shouldLeaveNothingWhenItCannotBeStarted() {
		this.launcher.failure = new IOException("no memory");
		start();
		assertThat(this.first).isNull();
		assertThat(this.directory.resolve("fleet.json")).doesNotExist();
	}

	@Test
	void shouldEndWhenNobodyTakesIt() {
		start();
		this.first.close();
		assertThat(last().killed).isTrue();
		assertThat(this.directory.resolve("fleet.json")).doesNotExist();
		DaemonDirectory.open(this.directory).close();
	}

	@Test
	void shouldEndWhenDirectoryIsOtherwise() throws IOException {
		start();
		assertThat(this.first.takeDirectory(true)).isNull();
		assertThat(last().killed).isTrue();
		DaemonDirectory.open(this.directory).close();
		fleet(1, 1);
		this.fleet.adopt();
		step();
		assertThat(alive()).hasSize(1);
	}

	@Test
	void shouldLeaveDirectoryToWhoHasTakenIt() {
		start();
		DaemonDirectory taken = this.first.takeDirectory(false);
		assertThat(taken).isSameAs(this.run);
		this.first.close();
		assertThat(last().killed).isTrue();
		assertThat(Files.exists(Path.of(this.directory.toString(), "daemon.lock"))).isTrue();
	}

	private void start() {
		this.first = FirstWorker.start(this.launcher, START_TIMEOUT, this.run, false);
	}

}
