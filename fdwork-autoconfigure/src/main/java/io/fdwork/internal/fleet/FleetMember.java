package io.fdwork.internal.fleet;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.WorkerExit;

/**
 * A worker of the fleet, as the fleet sees it. Used under the lock of the fleet.
 */
final class FleetMember {

	private static final int SIGNAL_BASE = 128;

	/**
	 * How long the last output of a process that has ended may take to come.
	 */
	private static final Duration OUTPUT_PATIENCE = Duration.ofSeconds(1);

	private final WorkerProcess process;

	private final int generation;

	private final boolean adopted;

	private final long sinceNanos;

	private Phase phase = Phase.STARTING;

	private long deadlineNanos;

	private ExitReason reason = ExitReason.EARLY;

	private boolean gone;

	private long goneNanos;

	FleetMember(WorkerProcess process, int generation, boolean adopted, long nowNanos, Duration startTimeout) {
		this.process = process;
		this.generation = generation;
		this.adopted = adopted;
		this.sinceNanos = nowNanos;
		this.deadlineNanos = nowNanos + startTimeout.toNanos();
	}

	static int count(List<FleetMember> members, Phase phase) {
		return (int) members.stream().filter((member) -> member.phase == phase).count();
	}

	WorkerProcess process() {
		return this.process;
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

	/**
	 * Note whether the process has ended, so that another one takes the place of one that
	 * was ready.
	 * @return whether it has, and its exit is to be noted: what it wrote last is known,
	 * or takes too long
	 */
	boolean hasEnded(long nowNanos) {
		if (!this.gone && !this.process.isAlive()) {
			this.gone = true;
			this.goneNanos = nowNanos;
			this.phase = (this.phase == Phase.READY) ? Phase.GONE : this.phase;
		}
		return this.gone && (this.process.isOutputComplete() || nowNanos - this.goneNanos >= OUTPUT_PATIENCE.toNanos());
	}

	void ready() {
		if (this.phase == Phase.STARTING) {
			this.phase = Phase.READY;
			this.reason = ExitReason.CRASHED;
		}
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
	 * Kill the process if it is late.
	 */
	void checkDeadline(long nowNanos) {
		boolean late = this.phase != Phase.READY && this.phase != Phase.KILLED && nowNanos - this.deadlineNanos >= 0
				&& this.process.isAlive();
		if (late) {
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

	WorkerExit exit() {
		Duration uptime = Duration.ofNanos(this.goneNanos - this.sinceNanos);
		Instant start = this.process.startInstant();
		if (this.adopted && start != null) {
			uptime = Duration.between(start, Instant.now());
		}
		Integer code = this.process.exitCode();
		// What the JDK makes of a signal; a JVM that obeys one exits with the same number
		Integer signal = (code != null && code > SIGNAL_BASE) ? Integer.valueOf(code - SIGNAL_BASE) : null;
		return new WorkerExit(this.process.pid(), this.generation, this.reason, (signal != null) ? null : code, signal,
				uptime, Instant.now(), this.process.lastLines());
	}

	FleetFile.Member toFile() {
		Instant start = this.process.startInstant();
		return new FleetFile.Member(this.process.pid(), (start != null) ? start.toEpochMilli() : 0, this.generation);
	}

	/**
	 * Where a member is in its life.
	 */
	enum Phase {

		STARTING, READY, DRAINING, KILLED,

		/**
		 * It was ready and has ended; what it wrote last is awaited.
		 */
		GONE

	}

}
