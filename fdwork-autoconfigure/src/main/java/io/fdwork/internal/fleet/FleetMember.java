package io.fdwork.internal.fleet;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.fdwork.fleet.ConnectionFates;
import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.WorkerExit;
import io.fdwork.internal.process.BootClock;
import io.fdwork.internal.process.ProcessIdentity;
import org.jspecify.annotations.Nullable;

/**
 * A worker of the fleet, as the fleet sees it. Used under the lock of the fleet.
 */
final class FleetMember {

	/**
	 * How long a worker must have been ready without a break before it can take the place
	 * of another one.
	 */
	static final Duration BAKE_TIME = Duration.ofSeconds(2);

	/**
	 * Who ends sooner after it was ready has not really started. As long as Docker waits
	 * before it believes in a start: workers that live longer do not keep a machine busy
	 * with their starts.
	 */
	static final Duration SHORT_LIFE = Duration.ofSeconds(10);

	/**
	 * How long the last output of a process that has ended may take to come, and the
	 * daemon to look after its connections.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(1);

	private final WorkerProcess process;

	private final int generation;

	private final boolean adopted;

	private final long sinceNanos;

	private Phase phase = Phase.STARTING;

	private long deadlineNanos;

	private ExitReason reason = ExitReason.EARLY;

	private @Nullable Replacement replacement;

	private @Nullable Hang hang;

	private boolean silent;

	private boolean gone;

	private long goneNanos;

	private boolean everReady;

	private boolean leftReady;

	private long firstReadyNanos;

	private boolean ready;

	private boolean proved;

	/**
	 * Since when it is ready if it is, and has not proved itself if it has not.
	 */
	private long readyNanos;

	private long unprovedNanos;

	FleetMember(WorkerProcess process, int generation, boolean adopted, long nowNanos, Duration startTimeout) {
		this.process = process;
		this.generation = generation;
		this.adopted = adopted;
		this.sinceNanos = nowNanos;
		this.unprovedNanos = nowNanos;
		this.deadlineNanos = nowNanos + startTimeout.toNanos();
	}

	/**
	 * Go on with a member of an earlier daemon. One that drains keeps its deadline; every
	 * other one has to register.
	 */
	static FleetMember left(WorkerProcess process, FleetFile.Member left, long nowNanos, Duration startTimeout) {
		FleetMember member = new FleetMember(process, left.generation(), true, nowNanos, startTimeout);
		if (left.reason() != null) {
			member.reason = left.reason();
		}
		member.leftReady = left.phase() == Phase.READY || left.phase() == Phase.UNAVAILABLE;
		if (left.phase() == Phase.DRAINING) {
			member.drain(member.reason,
					nowNanos + TimeUnit.MILLISECONDS.toNanos(left.deadlineMillis() - BootClock.now().toMillis()));
		}
		else if (left.phase() == Phase.KILLED) {
			member.phase = Phase.KILLED;
			process.kill();
		}
		return member;
	}

	WorkerProcess process() {
		return this.process;
	}

	boolean isOf(ProcessIdentity process) {
		return process.equals(this.process.identity());
	}

	int generation() {
		return this.generation;
	}

	Phase phase() {
		return this.phase;
	}

	boolean isWanted() {
		return this.phase == Phase.STARTING || this.phase == Phase.UNAVAILABLE || this.phase == Phase.READY;
	}

	/**
	 * Note whether the process has ended, so that another one can take its place.
	 * @return whether it has, and its exit is to be noted: what it wrote last is known,
	 * and what became of its connections, or takes too long
	 */
	boolean hasEnded(RegisteredWorkers registered, long nowNanos) {
		if (!this.gone && !this.process.isAlive()) {
			this.gone = true;
			this.goneNanos = nowNanos;
			this.phase = (isWanted()) ? Phase.GONE : this.phase;
		}
		return this.gone && ((this.process.isOutputComplete() && !registered.isUnsettled(this))
				|| nowNanos - this.goneNanos >= PATIENCE.toNanos());
	}

	/**
	 * Whether it has ended without having been told to, and its exit is not noted yet.
	 */
	boolean isGone() {
		return this.phase == Phase.GONE;
	}

	/**
	 * Note whether it is ready at this moment.
	 */
	void observe(boolean ready, long nowNanos) {
		if (ready && this.phase == Phase.STARTING) {
			this.phase = Phase.READY;
			this.reason = ExitReason.CRASHED;
			this.everReady = true;
			this.firstReadyNanos = nowNanos;
		}
		if (hasBeenReady()) {
			this.phase = (ready) ? Phase.READY : Phase.UNAVAILABLE;
		}
		if (ready && !this.ready) {
			this.readyNanos = nowNanos;
		}
		boolean proved = ready && nowNanos - this.readyNanos >= BAKE_TIME.toNanos();
		if (this.proved && !proved) {
			this.unprovedNanos = nowNanos;
		}
		this.ready = ready;
		this.proved = proved;
	}

	/**
	 * Whether it is wanted and was ready once. It may not be so at this moment.
	 */
	boolean hasBeenReady() {
		return isWanted() && this.phase != Phase.STARTING;
	}

	/**
	 * Whether its process starts. One that another daemon has started may be serving
	 * already, and needs to register only.
	 */
	boolean isOnTheWay() {
		return this.phase == Phase.STARTING && !this.adopted;
	}

	/**
	 * Whether it has been ready for long enough to be relied on, and still is.
	 */
	boolean isProved() {
		return hasBeenReady() && this.proved;
	}

	/**
	 * Whether it was ready, and is not for longer than a start may take.
	 */
	boolean isLost(long nowNanos, Duration startTimeout) {
		return hasBeenReady() && !this.proved
				&& nowNanos - this.unprovedNanos >= startTimeout.plus(BAKE_TIME).toNanos();
	}

	/**
	 * Whether it has lived for so long that starting it was a success.
	 */
	boolean hasSettled(long nowNanos) {
		return this.everReady && nowNanos - this.firstReadyNanos >= SHORT_LIFE.toNanos();
	}

	long firstReadyNanos() {
		return this.firstReadyNanos;
	}

	long sinceNanos() {
		return this.sinceNanos;
	}

	/**
	 * Note that it has registered again and serves nobody at this moment. If it did so
	 * for an earlier daemon, its start is over.
	 */
	void comeBack(long nowNanos) {
		if (this.leftReady && this.phase == Phase.STARTING) {
			this.phase = Phase.UNAVAILABLE;
			this.reason = ExitReason.CRASHED;
			this.everReady = true;
			this.firstReadyNanos = nowNanos;
		}
	}

	/**
	 * Note that somebody else has told it to end.
	 */
	void leave(long deadlineNanos) {
		this.phase = Phase.DRAINING;
		this.deadlineNanos = deadlineNanos;
	}

	void drain(ExitReason reason, long deadlineNanos) {
		if (isWanted()) {
			this.phase = Phase.DRAINING;
			this.reason = reason;
			this.deadlineNanos = deadlineNanos;
			this.process.terminate();
		}
		else if (this.phase == Phase.DRAINING && deadlineNanos - this.deadlineNanos < 0) {
			this.deadlineNanos = deadlineNanos;
		}
	}

	/**
	 * Let another one take its place: this one serves until that has proved itself.
	 * @param why with the figure, for people
	 */
	void replace(ExitReason reason, String why) {
		this.replacement = new Replacement(reason, why);
	}

	/**
	 * Note that it hangs, and let another one take its place.
	 * @param why for people
	 * @param silent whether it says nothing: it is killed when it has dumped its threads,
	 * or has not for a while. Otherwise it serves until the other one has proved itself
	 */
	void hang(String why, boolean silent, long nowNanos) {
		replace(ExitReason.HUNG, why);
		if (this.hang == null) {
			this.hang = new Hang(this.process, why);
		}
		if (silent) {
			this.silent = true;
			this.phase = Phase.DRAINING;
			this.reason = ExitReason.HUNG;
			this.deadlineNanos = nowNanos + Hang.DUMP_PATIENCE.toNanos();
		}
	}

	boolean isHung() {
		return this.hang != null;
	}

	/**
	 * Whether another one takes its place, or has done so already.
	 */
	boolean isReplaced() {
		return this.replacement != null;
	}

	/**
	 * Return why another one takes its place, {@code null} if none does.
	 */
	@Nullable ExitReason replacedFor() {
		return (this.replacement != null) ? this.replacement.reason() : null;
	}

	/**
	 * Whether another daemon has started it: it may be serving although it has not
	 * registered.
	 */
	boolean isAdopted() {
		return this.adopted;
	}

	/**
	 * Kill the process if it is late, or drain it if it may be serving.
	 */
	void checkDeadline(long nowNanos, Duration drainTimeout) {
		boolean over = nowNanos - this.deadlineNanos >= 0 || (this.silent && this.hang != null && this.hang.isDumped());
		boolean late = (this.phase == Phase.STARTING || this.phase == Phase.DRAINING) && over && this.process.isAlive();
		if (late && this.phase == Phase.STARTING && isAdopted()) {
			drain(ExitReason.START_TIMEOUT, nowNanos + drainTimeout.toNanos());
		}
		else if (late) {
			this.reason = (this.phase == Phase.STARTING) ? ExitReason.START_TIMEOUT
					: (this.reason == ExitReason.HUNG) ? ExitReason.HUNG : ExitReason.DRAIN_TIMEOUT;
			this.phase = Phase.KILLED;
			if (this.hang != null) {
				this.hang.settle();
			}
			this.process.kill();
		}
	}

	/**
	 * Whether it ended for a reason of its own before it was ready, or soon after.
	 */
	boolean failedToStart() {
		return !this.adopted && (this.reason == ExitReason.EARLY || this.reason == ExitReason.START_TIMEOUT
				|| (hasCrashed() && !hasSettled(this.goneNanos)));
	}

	boolean hasCrashed() {
		return this.reason == ExitReason.CRASHED;
	}

	/**
	 * Return how long its process runs, or has run.
	 */
	Duration age(long nowNanos) {
		ProcessIdentity identity = this.process.identity();
		return (this.adopted && identity != null) ? identity.age() : Duration.ofNanos(nowNanos - this.sinceNanos);
	}

	WorkerExit exit(ConnectionFates connections) {
		return ExitRecord.of(this.process, this.generation, this.reason, this.phase == Phase.KILLED,
				age(this.goneNanos), why(), this.hang, connections);
	}

	/**
	 * Return why another one has taken its place, if it has ended for that.
	 */
	private @Nullable String why() {
		Replacement replacement = this.replacement;
		return (replacement == null || (this.reason != replacement.reason() && this.reason != ExitReason.DRAIN_TIMEOUT))
				? null : replacement.why();
	}

	/**
	 * Return what the next daemon has to know, or {@code null} if the process has ended
	 * or cannot be identified.
	 */
	FleetFile.@Nullable Member toFile() {
		ProcessIdentity identity = this.process.identity();
		if (identity == null || isGone()) {
			return null;
		}
		long deadlineMillis = (this.phase != Phase.DRAINING) ? 0
				: BootClock.now().toMillis() + TimeUnit.NANOSECONDS.toMillis(this.deadlineNanos - System.nanoTime());
		return new FleetFile.Member(identity.pid(), identity.startTicks(), this.generation, this.phase, this.reason,
				deadlineMillis);
	}

	/**
	 * Why another one takes the place of this one.
	 *
	 * @param reason for the record
	 * @param why for people
	 */
	private record Replacement(ExitReason reason, String why) {
	}

	/**
	 * Where a member is in its life. One that is unavailable was ready and is not now:
	 * its application refuses traffic, or it does not report. It counts as a member, as
	 * it may come back, and not as one that is ready.
	 */
	enum Phase {

		STARTING, UNAVAILABLE, READY, DRAINING, KILLED,

		/**
		 * It has ended without having been told to; what it wrote last is awaited.
		 */
		GONE

	}

}
