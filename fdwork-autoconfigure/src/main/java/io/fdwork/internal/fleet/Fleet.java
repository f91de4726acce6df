package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.fdwork.fleet.FleetOptions;
import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.ScalingRule;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.process.ProcessIdentity;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the workers of a daemon: as many as the target says, of the generation that is
 * wanted. Everything follows from one rule, applied again and again: start what is
 * missing of the wanted generation, and drain what there is too much of, others first. So
 * a crash, a refresh, its rollback and a change of the target need no way of their own.
 * <p>
 * Safe for all threads; one thread, {@code fdwork-fleet}, applies the rule. The lock,
 * that thread and the orders of an operator are here, the members are with
 * {@link FleetKeeper}.
 */
public final class Fleet {

	private static final Logger logger = LoggerFactory.getLogger(Fleet.class);

	private static final Duration STEP_INTERVAL = Duration.ofMillis(50);

	/**
	 * A disk that is full stays so for a while.
	 */
	private static final Duration FILE_CHECK_INTERVAL = Duration.ofSeconds(1);

	/**
	 * How long a process that was killed may take to be gone. One that nobody reaps never
	 * is.
	 */
	private static final Duration KILL_PATIENCE = Duration.ofSeconds(5);

	private final Supplier<DaemonSnapshot> daemon;

	private final WorkerLauncher launcher;

	private final FleetFile file;

	private final FleetNews news;

	private final @Nullable FirstWorker first;

	// Guarded by the lock of the fleet
	private final FleetKeeper keeper;

	private long fileSeenNanos = System.nanoTime();

	private volatile boolean ending;

	private @Nullable Thread thread;

	/**
	 * Create a fleet that has no workers yet.
	 * @param options how many workers it has and how patient it is
	 * @param daemon tells the state of the daemon
	 * @param orders tells registered workers what to do
	 * @param launcher starts processes
	 * @param rule decides the target
	 * @param observer is told what becomes of it
	 * @param directory the directory of the daemon
	 * @param first its first worker, if that was started before
	 */
	Fleet(FleetOptions options, Supplier<DaemonSnapshot> daemon, WorkerOrders orders, WorkerLauncher launcher,
			ScalingRule rule, FleetObserver observer, Path directory, @Nullable FirstWorker first) {
		this(options, daemon, orders, launcher, rule, new FleetNews(observer), directory, first);
	}

	private Fleet(FleetOptions options, Supplier<DaemonSnapshot> daemon, WorkerOrders orders, WorkerLauncher launcher,
			ScalingRule rule, FleetNews news, Path directory, @Nullable FirstWorker first) {
		this.first = first;
		this.daemon = daemon;
		this.launcher = launcher;
		this.news = news;
		this.file = new FleetFile(directory, this.news::log);
		this.keeper = new FleetKeeper(options, launcher, rule, this.file, orders, this.news);
	}

	/**
	 * Create the fleet of a daemon.
	 * @param options how many workers it has and how patient it is
	 * @param daemon the daemon
	 * @param command how its workers are started
	 * @param rule decides the target
	 * @param observer is told what becomes of it
	 * @param directory the directory of the daemon
	 * @param first its first worker, if that was started before
	 * @return a fleet that has no workers yet
	 */
	public static Fleet of(FleetOptions options, Daemon daemon, WorkerCommand command, ScalingRule rule,
			FleetObserver observer, Path directory, @Nullable FirstWorker first) {
		FleetNews news = new FleetNews(observer);
		return new Fleet(options, daemon::snapshot, WorkerOrders.of(daemon),
				(first != null && first.isOpen()) ? first.launcher() : new JvmLauncher(command, directory, news::log),
				rule, news, directory, first);
	}

	/**
	 * Create the rule that a fleet has unless a user has a better one.
	 * @param scaleUpAfter how long requests may wait in the queue
	 * @param idleTime for how long fewer workers must have been enough
	 * @return the rule
	 */
	public static ScalingRule goal(Duration scaleUpAfter, Duration idleTime) {
		return new GoalScalingRule(scaleUpAfter, idleTime);
	}

	/**
	 * Adopt the workers that an earlier daemon has left, and start what is missing.
	 * @throws IOException if what workers run is not there
	 */
	public void start() throws IOException {
		try {
			begin();
		}
		catch (IOException | RuntimeException | Error ex) {
			// What it was about to do with the workers that are there
			this.news.close();
			throw ex;
		}
	}

	private synchronized void begin() throws IOException {
		if (this.thread != null) {
			return;
		}
		this.news.start();
		adopt();
		Thread thread = new Thread(this::run, "fdwork-fleet");
		thread.setDaemon(true);
		thread.start();
		this.thread = thread;
	}

	void adopt() throws IOException {
		FirstWorker first = this.first;
		this.keeper.adopt((first != null && first.take()) ? first : null);
	}

	private void run() {
		while (!this.ending) {
			try {
				step(System.nanoTime());
			}
			catch (RuntimeException | Error ex) {
				this.news.log(() -> logger.error("The fleet could not do its work; trying again", ex));
			}
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

	/**
	 * Apply the rule once.
	 */
	synchronized void step(long now) {
		RegisteredWorkers registered = this.keeper.registered(this.daemon.get());
		this.keeper.observe(registered, now);
		if (!this.ending) {
			this.keeper.apply(registered, now);
		}
		this.news.state(snapshot());
		if (!this.ending && now - this.fileSeenNanos >= FILE_CHECK_INTERVAL.toNanos()) {
			this.fileSeenNanos = now;
			if (!this.file.isWritten()) {
				this.keeper.save();
			}
		}
	}

	/**
	 * Replace all workers by new ones, batch by batch. Of several requests that wait
	 * while a refresh is running, the last counts. Does nothing once the fleet ends.
	 * @param request how
	 * @throws IllegalArgumentException if the jar that it names, or the one of the last
	 * refresh, is not there, or it asks for a canary without a time
	 */
	public synchronized void refresh(RefreshRequest request) {
		if (this.ending) {
			return;
		}
		this.keeper.refresh(request);
		notifyAll();
	}

	/**
	 * Note that the workers of the daemon get nothing until {@link #resume()}: the target
	 * stays as it is.
	 */
	public synchronized void quiesce() {
		this.keeper.quiesce();
	}

	/**
	 * Start no more workers until {@link #resume()}, or until a refresh is asked for. The
	 * workers that run go on.
	 */
	public synchronized void stopStarting() {
		this.keeper.stopStarting();
	}

	/**
	 * Go on after {@link #quiesce()}, and after the fleet has stopped.
	 */
	public synchronized void resume() {
		this.keeper.resume();
		notifyAll();
	}

	/**
	 * Change the bounds of the number of workers.
	 * @param min at least so many, {@code null} for no change
	 * @param max at most so many, {@code null} for no change
	 * @throws IllegalArgumentException if there would be no number between them
	 */
	public synchronized void scale(@Nullable Integer min, @Nullable Integer max) {
		this.keeper.scale(min, max);
		notifyAll();
	}

	/**
	 * Drain a worker of the fleet. Another one takes its place, unless there are more
	 * than wanted.
	 * @param process its process
	 * @return whether it is a worker of the fleet
	 */
	public synchronized boolean retire(ProcessIdentity process) {
		boolean retired = this.keeper.retire(process, System.nanoTime());
		if (retired) {
			notifyAll();
		}
		return retired;
	}

	/**
	 * Return whether a worker was told to end by this fleet.
	 * @param process its process
	 * @return whether it is a worker of the fleet that drains
	 */
	public synchronized boolean isDraining(ProcessIdentity process) {
		return this.keeper.isDraining(process);
	}

	/**
	 * Drain all workers, and kill those that have not ended in time.
	 * @param timeout how long to wait
	 */
	public void stop(Duration timeout) {
		if (end(timeout, (member) -> true)) {
			this.file.delete();
		}
	}

	/**
	 * Undo the start: drain the workers that were started since, as {@link #stop} does,
	 * and leave those that were adopted to the next daemon. Does nothing once the fleet
	 * has been stopped, or has left its workers.
	 * @param timeout how long to wait
	 */
	public void undo(Duration timeout) {
		if (this.ending) {
			return;
		}
		if (end(timeout, (member) -> !member.isAdopted())) {
			logger.info("Leaving the workers {} to the next daemon", pids());
		}
	}

	private boolean end(Duration timeout, Predicate<FleetMember> whom) {
		long deadline = System.nanoTime() + timeout.toNanos();
		Thread thread;
		synchronized (this) {
			thread = this.thread;
			this.thread = null;
			this.ending = true;
			this.keeper.drain(whom, deadline);
		}
		if (thread == null) {
			return false;
		}
		thread.interrupt();
		this.launcher.close();
		awaitNone(whom, deadline);
		this.news.close();
		return true;
	}

	private synchronized List<Long> pids() {
		return this.keeper.members().pids();
	}

	/**
	 * Return whether there are workers that an earlier daemon has started.
	 * @return whether there is one at least
	 */
	public synchronized boolean hasAdopted() {
		return this.keeper.members().has(FleetMember::isAdopted);
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
			this.keeper.save();
			List<Long> pids = this.keeper.members().pids();
			this.news.log(() -> logger.info("Leaving the workers {} to the next daemon", pids));
		}
		thread.interrupt();
		this.launcher.close();
		this.news.close();
	}

	private synchronized void awaitNone(Predicate<FleetMember> whom, long deadline) {
		try {
			long end = deadline + KILL_PATIENCE.toNanos();
			while (this.keeper.members().has(whom) && System.nanoTime() - end < 0) {
				step(System.nanoTime());
				// One may have been adopted since
				this.keeper.drain(whom, deadline);
				wait(STEP_INTERVAL.toMillis());
			}
			if (this.keeper.members().has(whom)) {
				List<Long> pids = this.keeper.members().pids();
				this.news.log(() -> logger.warn("The workers {} were killed and are still there", pids));
			}
		}
		catch (InterruptedException ex) {
			this.keeper.members().kill(whom);
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Return the state of this moment.
	 * @return a snapshot
	 */
	public synchronized FleetSnapshot snapshot() {
		return this.keeper.snapshot(this.ending);
	}

}
