package io.fdwork.internal.fleet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetOptions;
import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.FleetState;
import io.fdwork.fleet.RefreshOptions;
import io.fdwork.fleet.ScalingRule;
import io.fdwork.fleet.WorkerExit;
import io.fdwork.fleet.WorkerLimits;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.daemon.DaemonState;
import io.fdwork.internal.process.BootClock;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.queue.QueueSnapshot;
import io.fdwork.internal.recovery.Fate;
import io.fdwork.internal.recovery.RecoverySnapshot;
import io.fdwork.internal.wire.FailureNote;
import io.fdwork.internal.wire.Membership;
import io.fdwork.internal.wire.ServiceTimes;
import io.fdwork.internal.wire.TestFigures;
import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.worker.WorkerState;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What tests for {@link Fleet} share: it goes on step by step, with processes that are
 * told when to be ready and when to exit, and a time that is told, too.
 */
@Timeout(60)
abstract class AbstractFleetTests {

	static final Duration START_TIMEOUT = Duration.ofMinutes(8);

	static final Duration DRAIN_TIMEOUT = Duration.ofMinutes(5);

	static final Duration MIN_BACKOFF = Duration.ofMinutes(1);

	static final Duration MAX_BACKOFF = Duration.ofMinutes(4);

	private static final int LIMIT = 128;

	/**
	 * From here on no process has the pid.
	 */
	static final long FAKE_PIDS = 1L << 40;

	static final int MAX_START_FAILURES = 5;

	/**
	 * More than the test itself takes.
	 */
	static final Duration MARGIN = Duration.ofSeconds(30);

	static final Duration LONG = Duration.ofHours(1);

	@TempDir
	Path directory;

	final List<FakeProcess> processes = new CopyOnWriteArrayList<>();

	final List<Process> realProcesses = new ArrayList<>();

	final FakeLauncher launcher = new FakeLauncher();

	final Observer observer = new Observer();

	final List<DaemonSnapshot.WorkerSnapshot> adopted = new CopyOnWriteArrayList<>();

	final List<DaemonSnapshot.RefusedWorker> refused = new CopyOnWriteArrayList<>();

	final Map<ProcessIdentity, Map<Fate, Integer>> deaths = new ConcurrentHashMap<>();

	final Set<ProcessIdentity> unsettled = ConcurrentHashMap.newKeySet();

	final List<DaemonSnapshot.ListenerSnapshot> listeners = new ArrayList<>();

	final List<Long> drainOrders = new CopyOnWriteArrayList<>();

	final List<Long> examined = new CopyOnWriteArrayList<>();

	volatile Set<ProcessIdentity> held = Set.of();

	ScalingRule rule = (figures) -> new ScalingRule.Decision(figures.target(), "");

	private Duration offset = Duration.ZERO;

	int maxStarting = LIMIT;

	WorkerLimits limits = WorkerLimits.NONE;

	RefreshOptions refreshOptions = RefreshOptions.NONE;

	@Nullable FirstWorker first;

	long queued;

	long got;

	Fleet fleet;

	@AfterEach
	void end() throws InterruptedException {
		for (Process process : this.realProcesses) {
			process.destroyForcibly();
			assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
		}
	}

	void fleet(int min, int max) {
		fleet(min, max, MAX_START_FAILURES);
	}

	void fleet(int min, int max, @Nullable Integer maxStartFailures) {
		this.fleet = new Fleet(
				new FleetOptions(min, max, LIMIT, START_TIMEOUT, DRAIN_TIMEOUT, MIN_BACKOFF, MAX_BACKOFF,
						maxStartFailures, this.maxStarting, this.limits, this.refreshOptions),
				this::daemon, new Orders(), this.launcher, (figures) -> this.rule.decide(figures), this.observer,
				this.directory, this.first);
	}

	void readyFleet(int workers) {
		readyFleet(workers, workers);
	}

	void readyFleet(int workers, int max) {
		fleet(workers, max);
		step();
		readyAll();
		step();
		step(FleetMember.SHORT_LIFE);
		assertThat(serving()).hasSize(workers);
	}

	void step() {
		step(Duration.ZERO);
	}

	void step(Duration later) {
		this.offset = this.offset.plus(later);
		this.fleet.step(System.nanoTime() + this.offset.toNanos());
	}

	/**
	 * Let what is ready stay so for as long as is wanted of it before others go.
	 */
	void prove() {
		step(FleetMember.BAKE_TIME);
	}

	/**
	 * Let workers exit early, one after the other.
	 */
	void exitEarly(int times) {
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
	int finishRefresh(int target) {
		int starting = 0;
		for (int i = 0; i < 50 && this.fleet.snapshot().state() == FleetState.REFRESHING; i++) {
			step();
			assertThat(serving()).hasSizeGreaterThanOrEqualTo(target);
			starting = Math.max(starting, starting().size());
			readyAll();
			step();
			prove();
			assertThat(serving()).hasSizeGreaterThanOrEqualTo(target);
			starting = Math.max(starting, starting().size());
			terminatedExit();
		}
		step();
		terminatedExit();
		step();
		return starting;
	}

	void assertRefreshed(int generation) {
		FleetSnapshot snapshot = this.fleet.snapshot();
		assertThat(snapshot.state()).isEqualTo(FleetState.RUNNING);
		assertThat(snapshot.lastRefresh()).isNotNull();
		assertThat(snapshot.lastRefresh().generation()).isEqualTo(generation);
		assertThat(snapshot.lastRefresh().completed()).as("%s", snapshot.lastRefresh().reason()).isTrue();
		assertThat(snapshot.lastRefresh().reason()).isNull();
	}

	FakeProcess last() {
		return this.processes.get(this.processes.size() - 1);
	}

	List<FakeProcess> alive() {
		return this.processes.stream().filter(FakeProcess::isAlive).toList();
	}

	List<FakeProcess> serving() {
		return alive().stream().filter((process) -> process.state != null && !process.terminated).toList();
	}

	List<FakeProcess> starting() {
		return alive().stream().filter((process) -> process.state == null && !process.terminated).toList();
	}

	void readyAll() {
		starting().forEach((process) -> process.state = WorkerState.READY);
	}

	void terminatedExit() {
		alive().stream().filter((process) -> process.terminated).forEach((process) -> process.exit(0));
	}

	List<WorkerExit> exits() {
		return this.fleet.snapshot().exits();
	}

	long exitCount(ExitReason reason) {
		return this.fleet.snapshot().exitCounts().getOrDefault(reason, 0L);
	}

	static RefreshRequest refresh(String batch, @Nullable Path jar) {
		return new RefreshRequest(RefreshRequest.Batch.parse(batch), null, jar);
	}

	Process sleep() throws IOException {
		Process process = new ProcessBuilder("sleep", "600").start();
		this.realProcesses.add(process);
		return process;
	}

	/**
	 * Write down what a daemon of this boot could have left.
	 */
	void left(int generation, @Nullable String jar, FleetFile.Member... members) {
		write(new FleetFile.Content("left", BootClock.boot(), generation, generation, jar, null, List.of(members), null,
				null));
	}

	void write(FleetFile.Content content) {
		new FleetFile(this.directory).write(content);
	}

	FleetFile.Content read() {
		return new FleetFile(this.directory).read();
	}

	static FleetFile.Member member(Process process, int generation) {
		return member(process, generation, FleetMember.Phase.READY, ExitReason.CRASHED, Duration.ZERO);
	}

	/**
	 * Return what is written down of a process.
	 * @param left how long it may drain from now on
	 */
	static FleetFile.Member member(Process process, int generation, FleetMember.Phase phase, ExitReason reason,
			Duration left) {
		return new FleetFile.Member(process.pid(), identity(process.pid()).startTicks(), generation, phase, reason,
				BootClock.now().plus(left).toMillis());
	}

	static @Nullable ProcessIdentity identity(long pid) {
		try {
			return (pid < FAKE_PIDS) ? ProcessIdentity.of(pid) : new ProcessIdentity(pid, 1, BootClock.boot());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static void await(Callable<Boolean> condition) {
		Awaitility.await().atMost(Duration.ofSeconds(10)).pollInterval(Duration.ofMillis(10)).until(condition);
	}

	static void awaitNoThread() {
		await(() -> Thread.getAllStackTraces()
			.keySet()
			.stream()
			.map(Thread::getName)
			.noneMatch("fdwork-fleet"::equals));
	}

	DaemonSnapshot daemon() {
		List<DaemonSnapshot.WorkerSnapshot> workers = new ArrayList<>(this.adopted);
		alive().stream()
			.filter((process) -> process.state != null)
			.forEach((process) -> workers
				.add(snapshot(identity(process.pid()), process.state, process.membership, figures(process))));
		return new DaemonSnapshot(DaemonState.RUNNING, 1, List.copyOf(this.listeners),
				List.of(new QueueSnapshot("default", this.queued, 16, this.got + this.queued, this.got, 0, false)),
				List.of(), workers, List.copyOf(this.refused), Map.of(), 0, 0, 0, DaemonSnapshot.TotalsSnapshot.NONE,
				new RecoverySnapshot(0, 0, 0, Map.of(), 0, this.deaths, this.unsettled), Map.of());
	}

	static DaemonSnapshot.WorkerSnapshot snapshot(long pid, WorkerState state, @Nullable Membership membership,
			int active) {
		return snapshot(identity(pid), state, membership, active);
	}

	/**
	 * Return what the daemon knows of a worker.
	 * @param process its process, {@code null} for one that it does not see
	 */
	static DaemonSnapshot.WorkerSnapshot snapshot(@Nullable ProcessIdentity process, WorkerState state,
			@Nullable Membership membership, int active) {
		return snapshot(process, state, membership, new WorkerFigures(state, new WorkerFigures.Load(active, 2, null),
				TestFigures.works(0), TestFigures.NO_DESCRIPTORS, null, null));
	}

	private static WorkerFigures figures(FakeProcess process) {
		WorkerFigures.Requests answered = (process.answered > 0)
				? new WorkerFigures.Requests(process.answered, 0, process.failed) : null;
		return new WorkerFigures(process.state,
				new WorkerFigures.Load(process.active, 2, process.busy, process.longestService.toNanos()),
				new WorkerFigures.Works(process.requests, Map.of(), new WorkerFigures.Wait(0, 0, 0, 0, 0, 0), Map.of(),
						null, null, null, process.times.counts()),
				TestFigures.NO_DESCRIPTORS,
				(process.heap > 0) ? new WorkerFigures.Process(0, 0, 0, 0, 0, 0, 0, 0, process.heap) : null, answered,
				process.down, null);
	}

	private static DaemonSnapshot.WorkerSnapshot snapshot(@Nullable ProcessIdentity process, WorkerState state,
			@Nullable Membership membership, WorkerFigures figures) {
		long pid = (process != null) ? process.pid() : 0;
		return new DaemonSnapshot.WorkerSnapshot(pid, process, pid, "worker-" + pid, state, List.of("default"),
				Instant.now(), figures, membership, 0, null, false);
	}

	/**
	 * Starts what the test controls.
	 */
	final class FakeLauncher implements WorkerLauncher {

		final List<Path> missing = new ArrayList<>();

		@Nullable Path good;

		@Nullable IOException failure;

		@Nullable Error error;

		int launches;

		int calm;

		int busy;

		boolean noDefault;

		boolean obedient;

		boolean sleeps;

		@Override
		public @Nullable Path resolve(@Nullable Path jar) throws IOException {
			if ((jar == null) ? this.noDefault : this.missing.contains(jar)) {
				throw new NoSuchFileException(String.valueOf(jar));
			}
			return jar;
		}

		@Override
		public WorkerProcess launch(@Nullable Path jar, Membership membership) throws IOException {
			this.launches++;
			if (this.failure != null) {
				throw this.failure;
			}
			if (this.error != null) {
				throw this.error;
			}
			if (this.sleeps) {
				return new StartedProcess(sleep(), FailureNote.create(AbstractFleetTests.this.directory),
						new KnownCause.Jvm(List.of(), Map.of(), null), List::of);
			}
			FakeProcess process = new FakeProcess(FAKE_PIDS + AbstractFleetTests.this.processes.size(), jar, membership,
					this.obedient);
			AbstractFleetTests.this.processes.add(process);
			return process;
		}

		@Override
		public void calm(@Nullable Path jar) {
			this.calm++;
			this.good = jar;
		}

		@Override
		public void busy() {
			this.busy++;
		}

		@Override
		public void close() {
			// Nothing is going on
		}

	}

	/**
	 * A process that is ready and exits when the test wants.
	 */
	static final class FakeProcess implements WorkerProcess {

		final long pid;

		final @Nullable Path jar;

		final Membership membership;

		volatile boolean obedient;

		volatile @Nullable WorkerState state;

		volatile int active;

		volatile @Nullable Integer busy;

		volatile long requests;

		volatile long answered;

		volatile long failed;

		final ServiceTimes times = new ServiceTimes();

		volatile @Nullable String down;

		volatile long heap;

		volatile long resident;

		volatile Duration longestService = Duration.ZERO;

		volatile @Nullable ThreadDump dump;

		volatile int dumpsAsked;

		volatile boolean stopped;

		volatile boolean terminated;

		volatile boolean killed;

		volatile @Nullable Integer code;

		volatile List<String> lastLines = List.of();

		volatile boolean outputHeld;

		volatile @Nullable String failureNote;

		FakeProcess(long pid, @Nullable Path jar, Membership membership, boolean obedient) {
			this.pid = pid;
			this.jar = jar;
			this.membership = membership;
			this.obedient = obedient;
		}

		void exit(int code) {
			this.code = code;
		}

		/**
		 * Answer requests, of which some fail.
		 */
		void answer(int requests, int failed, Duration time) {
			this.answered += requests;
			this.failed += failed;
			for (int i = 0; i < requests; i++) {
				this.times.record(time.toNanos());
			}
		}

		@Override
		public long pid() {
			return this.pid;
		}

		@Override
		public @Nullable ProcessIdentity identity() {
			return AbstractFleetTests.identity(this.pid);
		}

		@Override
		public long residentBytes() {
			return this.resident;
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
		public boolean isOutputComplete() {
			return !this.outputHeld;
		}

		@Override
		public @Nullable String failureNote() {
			return this.failureNote;
		}

		@Override
		public @Nullable Supplier<ThreadDump> dumpThreads() {
			this.dumpsAsked++;
			ThreadDump dump = this.dump;
			return (dump != null) ? () -> dump : null;
		}

		@Override
		public boolean isStopped() {
			return this.stopped;
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
	 * Remembers what is ordered, and does as a worker does that is held.
	 */
	final class Orders implements WorkerOrders {

		@Override
		public void drain(long id) {
			AbstractFleetTests.this.drainOrders.add(id);
		}

		@Override
		public void examine(long id) {
			AbstractFleetTests.this.examined.add(id);
		}

		@Override
		public void hold(Set<ProcessIdentity> processes) {
			AbstractFleetTests.this.held = processes;
			alive().stream().filter((process) -> process.state != null).forEach((process) -> {
				boolean held = processes.contains(process.identity());
				process.state = (held) ? WorkerState.QUIESCED
						: (process.state == WorkerState.QUIESCED) ? WorkerState.READY : process.state;
			});
		}

	}

	/**
	 * Remembers what it is told.
	 */
	static final class Observer implements FleetObserver {

		final List<WorkerExit> exits = new CopyOnWriteArrayList<>();

		final List<FleetState> states = new CopyOnWriteArrayList<>();

		final List<String> reasons = new CopyOnWriteArrayList<>();

		final List<FleetSnapshot.Refresh> refreshes = new CopyOnWriteArrayList<>();

		volatile @Nullable Error failure;

		volatile CountDownLatch blocked = new CountDownLatch(0);

		@Override
		public void exited(WorkerExit exit) {
			fail();
			this.exits.add(exit);
		}

		@Override
		public void changed(FleetSnapshot snapshot) {
			fail();
			this.states.add(snapshot.state());
			this.reasons.add(String.valueOf(snapshot.reason()));
		}

		@Override
		public void refreshed(FleetSnapshot.Refresh refresh) {
			this.refreshes.add(refresh);
		}

		void fail() {
			try {
				this.blocked.await();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
			Error failure = this.failure;
			if (failure != null) {
				throw failure;
			}
		}

	}

}
