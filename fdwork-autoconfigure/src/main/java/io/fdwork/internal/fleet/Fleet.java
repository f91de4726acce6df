package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetOptions;
import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.FleetState;
import io.fdwork.fleet.ScalingFigures;
import io.fdwork.fleet.ScalingRule;
import io.fdwork.fleet.WorkerExit;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.queue.QueueSnapshot;
import io.fdwork.internal.wire.Membership;
import io.fdwork.worker.WorkerState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the workers of a daemon: as many as the target says, of the generation that is
 * wanted. Everything follows from one rule, applied again and again: start what is missing
 * of the wanted generation, and drain what there is too much of, others first. So a crash,
 * a refresh, its rollback and a change of the target need no way of their own.
 * <p>
 * Safe for all threads; one thread, {@code fdwork-fleet}, applies the rule.
 */
public final class Fleet {

	private static final Logger logger = LoggerFactory.getLogger(Fleet.class);

	private static final Duration STEP_INTERVAL = Duration.ofMillis(50);

	/**
	 * A disk that is full stays so for a while.
	 */
	private static final Duration FILE_CHECK_INTERVAL = Duration.ofSeconds(1);

	/**
	 * How long a process that was killed may take to be gone. One that nobody reaps never is.
	 */
	private static final Duration KILL_PATIENCE = Duration.ofSeconds(5);

	private final FleetOptions options;

	private final Supplier<DaemonSnapshot> daemon;

	private final WorkerLauncher launcher;

	private final ScalingRule rule;

	private final FleetObserver observer;

	private final FleetFile file;

	private final List<FleetMember> members = new ArrayList<>();

	private final ExitLog exits = new ExitLog();

	private final StartBrake brake;

	private final List<Runnable> news = new ArrayList<>();

	private String token = UUID.randomUUID().toString();

	private int min;

	private int max;

	private int target;

	private Generation wanted = new Generation(1, null, null);

	private int lastGeneration = 1;

	private @Nullable RunningRefresh refresh;

	private @Nullable RefreshRequest nextRefresh;

	private FleetSnapshot.@Nullable Refresh lastRefresh;

	private boolean quiesced;

	private boolean ruleFailed;

	private long fileSeenNanos = System.nanoTime();

	private volatile boolean ending;

	private long lastGot = -1;

	private long lastGotNanos;

	private @Nullable FleetState lastState;

	private @Nullable Thread thread;

	/**
	 * Create a fleet that has no workers yet.
	 * @param options how many workers it has and how patient it is
	 * @param daemon tells the state of the daemon
	 * @param launcher starts processes
	 * @param rule decides the target
	 * @param observer is told what becomes of it
	 * @param directory the directory of the daemon
	 */
	Fleet(FleetOptions options, Supplier<DaemonSnapshot> daemon, WorkerLauncher launcher, ScalingRule rule,
			FleetObserver observer, Path directory) {
		this.options = options;
		this.daemon = daemon;
		this.launcher = launcher;
		this.rule = rule;
		this.observer = observer;
		this.file = new FleetFile(directory);
		this.brake = new StartBrake(options);
		this.min = options.min();
		this.max = options.max();
	}

	/**
	 * Create the fleet of a daemon.
	 * @param options how many workers it has and how patient it is
	 * @param daemon tells the state of the daemon
	 * @param command how its workers are started
	 * @param rule decides the target
	 * @param observer is told what becomes of it
	 * @param directory the directory of the daemon
	 * @return a fleet that has no workers yet
	 */
	public static Fleet of(FleetOptions options, Supplier<DaemonSnapshot> daemon, WorkerCommand command,
			ScalingRule rule, FleetObserver observer, Path directory) {
		return new Fleet(options, daemon, new JvmLauncher(command, directory), rule, observer, directory);
	}

	/**
	 * Create the rule that a fleet has unless a user has a better one.
	 * @param targetWait how long requests may wait in the queue
	 * @param idleTime for how long fewer workers must have been enough
	 * @return the rule
	 */
	public static ScalingRule goal(Duration targetWait, Duration idleTime) {
		return new GoalScalingRule(targetWait, idleTime);
	}

	/**
	 * Adopt the workers that an earlier daemon has left, and start what is missing.
	 * @throws IOException if what workers run is not there
	 */
	public synchronized void start() throws IOException {
		if (this.thread != null) {
			return;
		}
		adopt();
		this.target = Math.max(this.min, Math.min(this.max, this.members.size()));
		Thread thread = new Thread(this::run, "fdwork-fleet");
		thread.setDaemon(true);
		this.thread = thread;
		thread.start();
	}

	void adopt() throws IOException {
		FleetFile.Content left = this.file.read();
		Path jar = null;
		int generation = 1;
		if (left != null) {
			this.token = left.token();
			generation = Math.max(1, left.generation());
			this.lastGeneration = Math.max(generation, left.lastGeneration());
			jar = (left.jar() != null) ? Path.of(left.jar()) : null;
			long now = System.nanoTime();
			for (FleetFile.Member member : left.members()) {
				AdoptedProcess.find(member.pid(), Instant.ofEpochMilli(member.startMillis()))
					.ifPresent((process) -> this.members.add(new FleetMember(process, member.generation(), true, now,
							this.options.startTimeout())));
			}
		}
		this.wanted = resolve(generation, jar);
		if (!this.members.isEmpty()) {
			logger.info("Adopting the workers {} of an earlier daemon", pids(this.members));
		}
	}

	private Generation resolve(int generation, @Nullable Path jar) throws IOException {
		try {
			return new Generation(generation, jar, this.launcher.resolve(jar));
		}
		catch (IOException ex) {
			if (jar == null) {
				throw ex;
			}
			logger.warn("The jar of the last refresh is gone, new workers run what is configured: {}", ex.toString());
			return new Generation(generation, null, this.launcher.resolve(null));
		}
	}

	private void run() {
		while (!this.ending) {
			try {
				step(System.nanoTime());
			}
			catch (RuntimeException | Error ex) {
				logger.error("The fleet could not do its work; trying again", ex);
			}
			tellNews();
			try {
				synchronized (this) {
					wait(STEP_INTERVAL.toMillis());
				}
			}
			catch (InterruptedException ex) {
				return;
			}
		}
	}

	private void tellNews() {
		List<Runnable> news;
		synchronized (this) {
			news = List.copyOf(this.news);
			this.news.clear();
		}
		// Outside of the lock: whoever is told may ask
		for (Runnable item : news) {
			try {
				item.run();
			}
			catch (RuntimeException | Error ex) {
				logger.error("Who was told what becomes of the fleet has failed", ex);
			}
		}
	}

	/**
	 * Apply the rule once.
	 */
	synchronized void step(long now) {
		DaemonSnapshot daemon = this.daemon.get();
		noteReady(daemon);
		this.members.forEach((member) -> member.checkDeadline(now));
		reap(now);
		if (!this.ending) {
			finishRefresh();
			beginNextRefresh();
			decideTarget(daemon, now);
			drainSurplus(daemon, now);
			startMissing(now);
		}
		FleetSnapshot snapshot = snapshot();
		if (snapshot.state() != this.lastState) {
			this.lastState = snapshot.state();
			this.news.add(() -> this.observer.changed(snapshot));
		}
		if (!this.ending && now - this.fileSeenNanos >= FILE_CHECK_INTERVAL.toNanos()) {
			this.fileSeenNanos = now;
			if (!this.file.isWritten()) {
				save();
			}
		}
	}

	private void noteReady(DaemonSnapshot daemon) {
		for (FleetMember member : this.members) {
			if (member.phase() == FleetMember.Phase.STARTING && isRegistered(member, daemon)) {
				member.ready();
				this.brake.succeeded();
				if (member.generation() == this.wanted.number()) {
					this.launcher.ready(this.wanted.jar());
				}
				logger.info("Worker {} of generation {} is ready", member.process().pid(), member.generation());
			}
		}
	}

	private boolean isRegistered(FleetMember member, DaemonSnapshot daemon) {
		return daemon.workers()
			.stream()
			.anyMatch((worker) -> worker.pid() == member.process().pid() && isOurs(worker)
					&& (worker.state() == WorkerState.READY || worker.state() == WorkerState.QUIESCED));
	}

	private boolean isOurs(DaemonSnapshot.WorkerSnapshot worker) {
		return worker.membership() != null && worker.membership().token().equals(this.token);
	}

	private void reap(long now) {
		boolean changed = false;
		for (Iterator<FleetMember> members = this.members.iterator(); members.hasNext();) {
			FleetMember member = members.next();
			if (!member.process().isAlive()) {
				members.remove();
				ended(member, now);
				changed = true;
			}
		}
		if (changed) {
			save();
		}
	}

	private void ended(FleetMember member, long now) {
		WorkerExit exit = member.exit(now);
		this.exits.add(exit);
		this.news.add(() -> this.observer.exited(exit));
		if (member.failedToStart()) {
			failedToStart(member, exit, now);
		}
	}

	private void failedToStart(FleetMember member, WorkerExit exit, long now) {
		if (this.refresh != null && member.generation() == this.wanted.number()) {
			rollBack(exit.describe() + ((exit.lastLines().isEmpty()) ? ""
					: ": " + exit.lastLines().get(exit.lastLines().size() - 1)), now);
			return;
		}
		// Another generation says nothing about those that are started from now on
		if (member.generation() == this.wanted.number()) {
			this.brake.failed(exit.describe(), now);
		}
	}

	private void rollBack(String reason, long now) {
		RunningRefresh failed = this.refresh;
		if (failed == null) {
			return;
		}
		logger.error("Generation {} is taken back: {}", this.wanted.number(), reason);
		this.lastRefresh = new FleetSnapshot.Refresh(this.wanted.number(), false, reason, Instant.now());
		int generation = this.wanted.number();
		this.wanted = failed.before();
		this.refresh = null;
		this.members.stream()
			.filter((member) -> member.generation() == generation && member.phase() == FleetMember.Phase.STARTING)
			.forEach((member) -> member.drain(ExitReason.ROLLED_BACK, now + this.options.drainTimeout().toNanos()));
		save();
	}

	private void finishRefresh() {
		RunningRefresh running = this.refresh;
		if (running != null && this.members.stream().allMatch((member) -> member.generation() == this.wanted.number())
				&& count(FleetMember.Phase.READY) >= this.target) {
			this.refresh = null;
			this.lastRefresh = new FleetSnapshot.Refresh(this.wanted.number(), true, null, Instant.now());
			logger.info("Generation {} is complete", this.wanted.number());
			save();
		}
	}

	private void beginNextRefresh() {
		RefreshRequest request = this.nextRefresh;
		if (this.refresh != null || request == null) {
			return;
		}
		this.nextRefresh = null;
		try {
			Path jar = requestedJar(request);
			Generation before = this.wanted;
			this.lastGeneration++;
			Generation next = new Generation(this.lastGeneration, jar, this.launcher.resolve(jar));
			this.wanted = next;
			this.refresh = new RunningRefresh(before, request);
			this.brake.release();
			logger.info("Refreshing to generation {}{}, {} workers at a time", next.number(),
					(next.jar() != null) ? " of " + next.jar() : "", request.batch().of(this.target));
			save();
		}
		catch (IOException ex) {
			this.lastRefresh = new FleetSnapshot.Refresh(this.lastGeneration, false,
					"There is nothing to run: " + ex.getMessage(), Instant.now());
			logger.error("Cannot refresh: there is nothing to run: {}", ex.toString());
		}
	}

	private @Nullable Path requestedJar(RefreshRequest request) {
		return (request.jar() != null) ? request.jar() : this.wanted.requestedJar();
	}

	private void decideTarget(DaemonSnapshot daemon, long now) {
		if (this.quiesced || this.brake.stopped() != null || this.refresh != null) {
			return;
		}
		ScalingRule.Decision decision;
		try {
			decision = this.rule.decide(figures(daemon, now));
			this.ruleFailed = false;
		}
		catch (RuntimeException ex) {
			if (!this.ruleFailed) {
				logger.error("The scaling rule fails, the target stays. Logged once until it works again", ex);
			}
			this.ruleFailed = true;
			return;
		}
		int target = Math.max(this.min, Math.min(this.max, decision.target()));
		if (target != this.target) {
			logger.info("Changing the number of workers from {} to {}: {}", this.target, target, decision.reason());
			this.target = target;
		}
	}

	private ScalingFigures figures(DaemonSnapshot daemon, long now) {
		List<DaemonSnapshot.WorkerSnapshot> ready = daemon.workers()
			.stream()
			.filter((worker) -> worker.state() == WorkerState.READY && isOurs(worker))
			.toList();
		long queued = daemon.queues().stream().mapToLong(QueueSnapshot::depth).sum();
		long got = daemon.queues().stream().mapToLong(QueueSnapshot::got).sum();
		if (got != this.lastGot || queued == 0) {
			this.lastGot = got;
			this.lastGotNanos = now;
		}
		long wait = Math.max(now - this.lastGotNanos,
				ready.stream().mapToLong((worker) -> worker.figures().waited().p95Nanos()).max().orElse(0));
		return new ScalingFigures(now, this.min, this.max, this.target, ready.size(),
				(int) count(FleetMember.Phase.STARTING),
				ready.stream().mapToLong((worker) -> worker.figures().active()).sum(),
				ready.stream().mapToLong((worker) -> worker.figures().concurrency()).sum(), queued,
				Duration.ofNanos(wait), got);
	}

	private void drainSurplus(DaemonSnapshot daemon, long now) {
		RunningRefresh running = this.refresh;
		Duration patience = (running != null) ? running.request().drainTimeout(this.options) : this.options.drainTimeout();
		List<FleetMember> others = this.members.stream()
			.filter((member) -> member.isWanted() && member.generation() != this.wanted.number())
			.toList();
		List<FleetMember> own = this.members.stream()
			.filter((member) -> member.isWanted() && member.generation() == this.wanted.number())
			.toList();
		ExitReason reason = (running != null) ? ExitReason.REFRESHED : ExitReason.ROLLED_BACK;
		others.stream()
			.filter((member) -> member.phase() == FleetMember.Phase.STARTING && !member.mayServe())
			.forEach((member) -> drain(member, reason, now + patience.toNanos()));
		// Others go only as far as enough are left that are ready
		others.stream()
			.filter((member) -> member.phase() == FleetMember.Phase.READY)
			.limit(Math.max(0, count(FleetMember.Phase.READY) - this.target))
			.forEach((member) -> drain(member, reason, now + patience.toNanos()));
		if (others.isEmpty()) {
			own.stream()
				.sorted(Comparator.comparing(FleetMember::phase).thenComparing((member) -> active(member, daemon)))
				.limit(Math.max(0, own.size() - this.target))
				.forEach((member) -> drain(member, ExitReason.SCALED_DOWN, now + patience.toNanos()));
		}
	}

	private static int active(FleetMember member, DaemonSnapshot daemon) {
		return daemon.workers()
			.stream()
			.filter((worker) -> worker.pid() == member.process().pid())
			.mapToInt((worker) -> worker.figures().active())
			.sum();
	}

	private void drain(FleetMember member, ExitReason reason, long deadline) {
		logger.info("Draining worker {} of generation {}: {}", member.process().pid(), member.generation(), reason);
		member.drain(reason, deadline);
	}

	private void startMissing(long now) {
		RunningRefresh running = this.refresh;
		int batch = (running != null) ? running.request().batch().of(this.target) : Math.max(1, this.target);
		// In a refresh a batch may be starting, and a batch may be draining, no more. Otherwise as
		// many may be draining as there may have been, after a change of the bounds
		int bound = this.target + ((running != null) ? batch : Math.max(this.options.max(), this.target));
		while (this.brake.mayStart(now) && ownCount() < this.target && ownStarting() < batch
				&& this.members.size() < Math.max(1, bound)) {
			if (!launch(now)) {
				return;
			}
		}
	}

	private boolean launch(long now) {
		try {
			WorkerProcess process = this.launcher.launch(this.wanted.jar(),
					new Membership(this.token, this.wanted.number()));
			this.members.add(new FleetMember(process, this.wanted.number(), false, now, this.options.startTimeout()));
			logger.info("Started worker {} of generation {}", process.pid(), this.wanted.number());
			save();
			return true;
		}
		catch (IOException ex) {
			logger.error("Cannot start a worker", ex);
			if (this.refresh != null) {
				rollBack("A worker cannot be started: " + ex.getMessage(), now);
			}
			else {
				this.brake.failed("A worker cannot be started: " + ex.getMessage(), now);
			}
			return false;
		}
	}

	private long ownCount() {
		return this.members.stream()
			.filter((member) -> member.isWanted() && member.generation() == this.wanted.number())
			.count();
	}

	private long ownStarting() {
		return this.members.stream()
			.filter((member) -> member.phase() == FleetMember.Phase.STARTING
					&& member.generation() == this.wanted.number())
			.count();
	}

	private long count(FleetMember.Phase phase) {
		return this.members.stream().filter((member) -> member.phase() == phase).count();
	}

	private static List<Long> pids(List<FleetMember> members) {
		return members.stream().map((member) -> member.process().pid()).toList();
	}

	private void save() {
		this.file.write(new FleetFile.Content(this.token, this.wanted.number(), this.lastGeneration,
				(this.wanted.requestedJar() != null) ? this.wanted.requestedJar().toString() : null,
				this.members.stream().map(FleetMember::toFile).toList()));
	}

	/**
	 * Replace all workers by new ones, batch by batch. Of several requests that wait while
	 * a refresh is running, the last counts.
	 * Does nothing once the fleet ends.
	 * @param request how
	 * @throws IllegalArgumentException if the jar that it names, or the one of the last
	 * refresh, is not there
	 */
	public synchronized void refresh(RefreshRequest request) {
		if (this.ending) {
			return;
		}
		try {
			this.launcher.resolve(requestedJar(request));
		}
		catch (IOException ex) {
			throw new IllegalArgumentException("jar is the path of a file, there is none: " + ex.getMessage(), ex);
		}
		this.nextRefresh = request;
		if (this.refresh == null) {
			beginNextRefresh();
		}
		notifyAll();
	}

	/**
	 * Note that the workers of the daemon get nothing until {@link #resume()}: the target
	 * stays as it is.
	 */
	public synchronized void quiesce() {
		this.quiesced = true;
	}

	/**
	 * Go on after {@link #quiesce()}, and after the fleet has stopped.
	 */
	public synchronized void resume() {
		this.quiesced = false;
		this.brake.release();
		notifyAll();
	}

	/**
	 * Change the bounds of the number of workers.
	 * @param min at least so many, {@code null} for no change
	 * @param max at most so many, {@code null} for no change
	 * @throws IllegalArgumentException if there would be no number between them
	 */
	public synchronized void scale(@Nullable Integer min, @Nullable Integer max) {
		int newMin = (min != null) ? min : this.min;
		int newMax = (max != null) ? max : Math.max(this.max, newMin);
		if (newMin < 0 || newMax < 1 || newMin > newMax || newMax > this.options.limit()) {
			throw new IllegalArgumentException("min is 0 or more, max is not less than min and from 1 to "
					+ this.options.limit() + "; not min=" + newMin + " and max=" + newMax);
		}
		this.min = newMin;
		this.max = newMax;
		this.target = Math.max(newMin, Math.min(newMax, this.target));
		notifyAll();
	}

	/**
	 * Drain a worker of the fleet. Another one takes its place, unless there are more than
	 * wanted.
	 * @param pid its process
	 * @return whether it is a worker of the fleet
	 */
	public synchronized boolean retire(long pid) {
		for (FleetMember member : this.members) {
			if (member.process().pid() == pid) {
				drain(member, ExitReason.RETIRED, System.nanoTime() + this.options.drainTimeout().toNanos());
				notifyAll();
				return true;
			}
		}
		return false;
	}

	/**
	 * Drain all workers, and kill those that have not ended in time.
	 * @param timeout how long to wait
	 */
	public void stop(Duration timeout) {
		long deadline = System.nanoTime() + timeout.toNanos();
		Thread thread;
		synchronized (this) {
			thread = this.thread;
			this.thread = null;
			this.ending = true;
			this.members.forEach((member) -> member.drain(ExitReason.DAEMON_ENDED, deadline));
		}
		if (thread == null) {
			return;
		}
		thread.interrupt();
		this.launcher.close();
		awaitNoMembers(deadline + KILL_PATIENCE.toNanos());
		tellNews();
		this.file.delete();
	}

	/**
	 * Let the workers go on without a fleet: the next daemon adopts them.
	 */
	public void leave() {
		Thread thread;
		synchronized (this) {
			thread = this.thread;
			this.thread = null;
			this.ending = true;
			if (thread == null) {
				return;
			}
			save();
			logger.info("Leaving the workers {} to the next daemon", pids(this.members));
		}
		thread.interrupt();
		this.launcher.close();
	}

	private synchronized void awaitNoMembers(long deadline) {
		try {
			while (!this.members.isEmpty() && System.nanoTime() - deadline < 0) {
				step(System.nanoTime());
				wait(STEP_INTERVAL.toMillis());
			}
			if (!this.members.isEmpty()) {
				logger.warn("The workers {} were killed and are still there", pids(this.members));
			}
		}
		catch (InterruptedException ex) {
			this.members.forEach((member) -> member.process().kill());
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Return the state of this moment.
	 * @return a snapshot
	 */
	public synchronized FleetSnapshot snapshot() {
		FleetState state = (this.ending) ? FleetState.ENDING : (this.brake.stopped() != null) ? FleetState.STOPPED
				: (this.quiesced) ? FleetState.QUIESCED
						: (this.refresh != null || this.nextRefresh != null) ? FleetState.REFRESHING : FleetState.RUNNING;
		return new FleetSnapshot(state, this.brake.stopped(), this.min, this.max, this.target, this.wanted.number(),
				(int) count(FleetMember.Phase.STARTING), (int) count(FleetMember.Phase.DRAINING), this.wanted.jar(),
				this.lastRefresh, this.exits.last(), this.exits.counts());
	}

	/**
	 * What the workers of a generation run.
	 *
	 * @param number its number
	 * @param requestedJar the jar that a refresh asked for, if one did
	 * @param jar the file that is run, if it is a jar
	 */
	private record Generation(int number, @Nullable Path requestedJar, @Nullable Path jar) {
	}

	/**
	 * A refresh that is going on.
	 *
	 * @param before the generation that is wanted again if it fails
	 * @param request what was asked for
	 */
	private record RunningRefresh(Generation before, RefreshRequest request) {
	}

}
