package io.fdwork.internal.fleet;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.WorkerExit;
import io.fdwork.internal.process.BootClock;
import io.fdwork.internal.process.ProcessIdentity;
import org.jspecify.annotations.Nullable;

/**
 * A worker of the fleet, as the fleet sees it. Used under the lock of the fleet.
 */
final class FleetMember {

	private static final int SIGNAL_BASE = 128;

	private final WorkerProcess process;

	private final int generation;

	private final boolean adopted;

	private final long sinceNanos;

	private Phase phase = Phase.STARTING;

	private long deadlineNanos;

	private ExitReason reason = ExitReason.EARLY;

	FleetMember(WorkerProcess process, int generation, boolean adopted, long nowNanos, Duration startTimeout) {
		this.process = process;
		this.generation = generation;
		this.adopted = adopted;
		this.sinceNanos = nowNanos;
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

	static int count(List<FleetMember> members, Phase phase) {
		return (int) members.stream().filter((member) -> member.phase == phase).count();
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
		return this.phase == Phase.STARTING || this.phase == Phase.READY;
	}

	void ready() {
		if (this.phase == Phase.STARTING) {
			this.phase = Phase.READY;
			this.reason = ExitReason.CRASHED;
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
	 * Whether it may be serving although it has not registered: another daemon has
	 * started it.
	 */
	boolean mayServe() {
		return this.adopted;
	}

	/**
	 * Kill the process if it is late, or drain it if it may be serving.
	 */
	void checkDeadline(long nowNanos, Duration drainTimeout) {
		boolean late = this.phase != Phase.READY && this.phase != Phase.KILLED && nowNanos - this.deadlineNanos >= 0
				&& this.process.isAlive();
		if (late && this.phase == Phase.STARTING && mayServe()) {
			drain(ExitReason.START_TIMEOUT, nowNanos + drainTimeout.toNanos());
		}
		else if (late) {
			this.reason = (this.phase == Phase.STARTING) ? ExitReason.START_TIMEOUT : ExitReason.DRAIN_TIMEOUT;
			this.phase = Phase.KILLED;
			this.process.kill();
		}
	}

	/**
	 * Whether it ended without ever having been ready, for a reason of its own.
	 */
	boolean failedToStart() {
		return !this.adopted && (this.reason == ExitReason.EARLY || this.reason == ExitReason.START_TIMEOUT);
	}

	WorkerExit exit(long nowNanos) {
		ProcessIdentity identity = this.process.identity();
		Duration uptime = (this.adopted && identity != null) ? identity.age()
				: Duration.ofNanos(nowNanos - this.sinceNanos);
		Integer code = this.process.exitCode();
		// What the JDK makes of a signal; a JVM that obeys one exits with the same number
		Integer signal = (code != null && code > SIGNAL_BASE) ? Integer.valueOf(code - SIGNAL_BASE) : null;
		return new WorkerExit(this.process.pid(), this.generation, this.reason, (signal != null) ? null : code, signal,
				uptime, Instant.now(), this.process.lastLines());
	}

	/**
	 * Return what the next daemon has to know, or {@code null} if the process cannot be
	 * identified.
	 */
	FleetFile.@Nullable Member toFile() {
		ProcessIdentity identity = this.process.identity();
		if (identity == null) {
			return null;
		}
		long deadlineMillis = (this.phase != Phase.DRAINING) ? 0
				: BootClock.now().toMillis() + TimeUnit.NANOSECONDS.toMillis(this.deadlineNanos - System.nanoTime());
		return new FleetFile.Member(identity.pid(), identity.startTicks(), this.generation, this.phase, this.reason,
				deadlineMillis);
	}

	/**
	 * Where a member is in its life.
	 */
	enum Phase {

		STARTING, READY, DRAINING, KILLED

	}

}
