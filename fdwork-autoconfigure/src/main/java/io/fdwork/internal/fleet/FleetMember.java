package io.fdwork.internal.fleet;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.WorkerExit;
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

	WorkerExit exit(long nowNanos) {
		Duration uptime = Duration.ofNanos(nowNanos - this.sinceNanos);
		Instant start = this.process.startInstant();
		if (this.adopted && start != null) {
			uptime = Duration.between(start, Instant.now());
		}
		Integer code = this.process.exitCode();
		// What the JDK makes of a signal; a JVM that obeys one exits with the same number
		Integer signal = (code != null && code > SIGNAL_BASE) ? Integer.valueOf(code - SIGNAL_BASE) : null;
		Integer ownCode = (signal != null) ? null : code;
		List<String> lastLines = this.process.lastLines();
		String cause = ExitCause.of(this.process.failureNote(), ownCode, signal, lastLines);
		return new WorkerExit(this.process.pid(), this.generation, this.reason, ownCode, signal, uptime, Instant.now(),
				withRemedy(cause, signal, lastLines), lastLines);
	}

	/**
	 * Add what to do to the cause of an end that nobody wanted, if it is a known one.
	 */
	private @Nullable String withRemedy(@Nullable String cause, @Nullable Integer signal, List<String> lastLines) {
		boolean neverReady = this.reason == ExitReason.EARLY || this.reason == ExitReason.START_TIMEOUT;
		if (!neverReady && this.reason != ExitReason.CRASHED) {
			return cause;
		}
		String known = (cause != null) ? cause : "";
		String remedy = this.process.remedy((neverReady) ? known + "\n" + String.join("\n", lastLines) : known,
				(this.phase != Phase.KILLED) ? signal : null);
		return (cause == null || remedy == null) ? ((remedy != null) ? remedy : cause) : cause + ". " + remedy;
	}

	FleetFile.Member toFile() {
		Instant start = this.process.startInstant();
		return new FleetFile.Member(this.process.pid(), (start != null) ? start.toEpochMilli() : 0, this.generation);
	}

	/**
	 * Where a member is in its life.
	 */
	enum Phase {

		STARTING, READY, DRAINING, KILLED

	}

}
