package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.fdwork.IdleWorker;
import io.fdwork.NoRequests;
import io.fdwork.NoWorkerObserver;
import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.fleet.FleetOptions;
import io.fdwork.fleet.WorkerLimits;
import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.RefreshOptions;
import io.fdwork.fleet.FleetState;
import io.fdwork.fleet.ScalingRule;
import io.fdwork.fleet.WorkerExit;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.daemon.DaemonState;
import io.fdwork.internal.process.BootClock;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.wire.Membership;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link DaemonAndFleet}.
 */
@Timeout(60)
class DaemonAndFleetTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(2);

	@TempDir
	Path parent;

	private final DaemonOptions options = new DaemonOptions();

	private final StubbornProcess process = new StubbornProcess();

	private final OneProcessLauncher launcher = new OneProcessLauncher();

	private DaemonDirectory directory;

	private KernelQueues queues;

	private Daemon daemon;

	private Fleet fleet;

	@BeforeEach
	void create() throws IOException {
		this.directory = DaemonDirectory.open(this.parent.resolve("run"));
		this.queues = KernelQueues.create(Map.of("default", 16));
		this.options.setReportInterval(Duration.ofSeconds(20));
		this.daemon = new Daemon(this.directory, this.queues, this.options, new NoRequests(), new NoWorkerObserver());
		this.daemon.start();
		fleet(1);
	}

	private void fleet(int workers) {
		Duration patience = Duration.ofMinutes(1);
		this.fleet = new Fleet(
				new FleetOptions(workers, workers, workers, patience, patience, patience, patience, null, workers,
						WorkerLimits.NONE, RefreshOptions.NONE),
				this.daemon::snapshot, WorkerOrders.of(this.daemon), this.launcher,
				(figures) -> new ScalingRule.Decision(figures.target(), ""), new NoFleetObserver(),
				this.directory.path(), null);
	}

	@AfterEach
	void close() {
		this.daemon.stop(Duration.ZERO);
		this.fleet.stop(Duration.ZERO);
		this.queues.close();
		this.directory.close();
	}

	@Test
	void shouldStopWorkersWhenDaemonHasStopped() {
		DaemonAndFleet both = startBoth();
		this.process.obedient = true;
		both.stop(Duration.ofSeconds(20));
		assertThat(this.process.daemonStateWhenTerminated).isEqualTo(DaemonState.STOPPED);
		assertThat(this.process.killedNanos).isZero();
	}

	@Test
	void shouldGiveDaemonHalfOfTheTimeAndWorkersTheRest() throws Exception {
		DaemonAndFleet both = startBoth();
		try (IdleWorker peer = registered(); Descriptor.Pipe pipe = Descriptor.pipe()) {
			// Which nobody gets
			this.queues.put(WorkRequest.with(pipe.source()).build());
			long start = System.nanoTime();
			both.stop(TIMEOUT);
			assertThat(Duration.ofNanos(this.process.terminatedNanos - start)).isBetween(TIMEOUT.dividedBy(2), TIMEOUT);
			assertThat(this.process.daemonStateWhenTerminated).isEqualTo(DaemonState.STOPPED);
			assertThat(Duration.ofNanos(this.process.killedNanos - start)).isGreaterThanOrEqualTo(TIMEOUT);
		}
	}

	@Test
	void shouldLeaveWorkersThatKeepTheListeners() throws Exception {
		this.options.setKeepListenersOnStop(true);
		DaemonAndFleet both = startBoth();
		try (IdleWorker peer = registered()) {
			peer.keep();
			both.stop(Duration.ofSeconds(20));
			assertThat(this.daemon.hasKeptListeners()).isTrue();
			assertThat(this.daemon.snapshot().state()).isEqualTo(DaemonState.STOPPED);
			assertThat(this.fleet.snapshot().state()).isEqualTo(FleetState.ENDING);
			assertThat(this.process.terminatedNanos).isZero();
			assertThat(this.process.isAlive()).isTrue();
		}
	}

	@Test
	void shouldLeaveAdoptedWorkersAndEndItsOwnWhenStartFails() throws Exception {
		Process adopted = new ProcessBuilder("sleep", "600").start();
		try {
			FleetFile file = new FleetFile(this.directory.path());
			file.write(new FleetFile.Content("left", BootClock.boot(), 1, 1, null, null,
					List.of(AbstractFleetTests.member(adopted, 1)), null, null));
			fleet(2);
			DaemonAndFleet both = startBoth();
			this.process.obedient = true;
			both.undo(Duration.ofSeconds(20));
			assertThat(this.daemon.snapshot().state()).isEqualTo(DaemonState.STOPPED);
			assertThat(this.process.isAlive()).isFalse();
			assertThat(adopted.isAlive()).isTrue();
			assertThat(file.read().members()).extracting(FleetFile.Member::pid).containsExactly(adopted.pid());
		}
		finally {
			adopted.destroyForcibly();
		}
	}

	@Test
	void shouldEndAllWorkersWhenStartFailsAndNoneIsAdopted() {
		DaemonAndFleet both = startBoth();
		this.process.obedient = true;
		both.undo(Duration.ofSeconds(20));
		assertThat(this.process.isAlive()).isFalse();
		assertThat(new FleetFile(this.directory.path()).read()).isNull();
	}

	@Test
	void shouldLeaveListenersToWorkersOfNoFleetWhenStartFails() throws Exception {
		DaemonAndFleet alone = new DaemonAndFleet(this.daemon, null);
		alone.start();
		try (IdleWorker peer = registered()) {
			peer.keep();
			alone.undo(Duration.ofSeconds(20));
			assertThat(this.daemon.hasKeptListeners()).isTrue();
		}
	}

	@Test
	void shouldGiveDaemonAllTheTimeWhenItHasNoFleet() throws Exception {
		DaemonAndFleet alone = new DaemonAndFleet(this.daemon, null);
		alone.start();
		try (IdleWorker peer = registered(); Descriptor.Pipe pipe = Descriptor.pipe()) {
			this.queues.put(WorkRequest.with(pipe.source()).build());
			long start = System.nanoTime();
			alone.stop(TIMEOUT);
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(TIMEOUT);
			assertThat(this.daemon.snapshot().state()).isEqualTo(DaemonState.STOPPED);
		}
	}

	@Test
	void shouldSayThatThereIsNothingThatWorkersCouldRun() {
		this.launcher.missing = true;
		assertThatExceptionOfType(FleetStartException.class)
			.isThrownBy(() -> new DaemonAndFleet(this.daemon, this.fleet).start())
			.withCauseInstanceOf(NoSuchFileException.class);
	}

	private DaemonAndFleet startBoth() {
		DaemonAndFleet both = new DaemonAndFleet(this.daemon, this.fleet);
		both.start();
		Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> this.process.launched);
		return both;
	}

	private IdleWorker registered() throws IOException {
		IdleWorker worker = new IdleWorker(this.directory.controlSocket(), "default");
		Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> this.daemon.snapshot().readyWorkers() == 1);
		return worker;
	}

	/**
	 * Ends when it is killed, and when it is told to only if it obeys.
	 */
	private final class StubbornProcess implements WorkerProcess {

		private volatile boolean launched;

		private volatile boolean obedient;

		private volatile long terminatedNanos;

		private volatile long killedNanos;

		private volatile @Nullable DaemonState daemonStateWhenTerminated;

		private volatile @Nullable Integer code;

		@Override
		public long pid() {
			// No process has such a pid
			return 1L << 40;
		}

		@Override
		public @Nullable ProcessIdentity identity() {
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
			return List.of();
		}

		@Override
		public void terminate() {
			this.terminatedNanos = System.nanoTime();
			this.daemonStateWhenTerminated = DaemonAndFleetTests.this.daemon.snapshot().state();
			if (this.obedient) {
				this.code = 0;
			}
		}

		@Override
		public void kill() {
			this.killedNanos = System.nanoTime();
			this.code = 137;
		}

	}

	private final class OneProcessLauncher implements WorkerLauncher {

		private boolean missing;

		@Override
		public @Nullable Path resolve(@Nullable Path jar) throws IOException {
			if (this.missing) {
				throw new NoSuchFileException("app.jar");
			}
			return jar;
		}

		@Override
		public WorkerProcess launch(@Nullable Path jar, Membership membership) {
			DaemonAndFleetTests.this.process.launched = true;
			return DaemonAndFleetTests.this.process;
		}

		@Override
		public void calm(@Nullable Path jar) {
			// Nothing is built
		}

		@Override
		public void busy() {
			// Says nothing new
		}

		@Override
		public void close() {
			// Nothing is going on
		}

	}

	private static final class NoFleetObserver implements FleetObserver {

		@Override
		public void exited(WorkerExit exit) {
		}

		@Override
		public void changed(FleetSnapshot snapshot) {
		}

		@Override
		public void refreshed(FleetSnapshot.Refresh refresh) {
		}

	}

}
