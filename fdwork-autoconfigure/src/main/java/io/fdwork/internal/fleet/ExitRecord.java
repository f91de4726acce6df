package io.fdwork.internal.fleet;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import io.fdwork.fleet.ConnectionFates;
import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.WorkerExit;
import org.jspecify.annotations.Nullable;

/**
 * Makes the record of a worker that has ended: how, for what reason, and what of.
 */
final class ExitRecord {

	private static final int SIGNAL_BASE = 128;

	private ExitRecord() {
	}

	/**
	 * Make the record of a process that has ended.
	 * @param killed whether the fleet has killed it
	 * @param why why another one has taken its place, if one has
	 * @param hang what is known of it if it hung
	 * @param connections what became of those that it had in service
	 */
	static WorkerExit of(WorkerProcess process, int generation, ExitReason reason, boolean killed, Duration uptime,
			@Nullable String why, @Nullable Hang hang, ConnectionFates connections) {
		if (hang != null) {
			hang.settle();
			why = hang.describe();
		}
		Integer code = process.exitCode();
		// What the JDK makes of a signal; a JVM that obeys one exits with the same number
		Integer signal = (code != null && code > SIGNAL_BASE) ? Integer.valueOf(code - SIGNAL_BASE) : null;
		Integer ownCode = (signal != null) ? null : code;
		List<String> lastLines = process.lastLines();
		String cause = ExitCause.of(process.failureNote(), ownCode, signal, lastLines);
		boolean neverReady = reason == ExitReason.EARLY || reason == ExitReason.START_TIMEOUT;
		if (neverReady || reason == ExitReason.CRASHED) {
			cause = withRemedy(process, cause, (killed) ? null : signal, (neverReady) ? lastLines : List.of());
		}
		return new WorkerExit(process.pid(), generation, reason, ownCode, signal, uptime, Instant.now(),
				join(why, cause), lastLines, (hang != null) ? hang.threadDump() : null, connections);
	}

	/**
	 * Add what to do to the cause of an end that nobody wanted, if it is a known one.
	 * @param lastLines what it wrote last if it never got ready
	 */
	private static @Nullable String withRemedy(WorkerProcess process, @Nullable String cause, @Nullable Integer signal,
			List<String> lastLines) {
		String known = (cause != null) ? cause : "";
		String said = (lastLines.isEmpty()) ? known : known + "\n" + String.join("\n", lastLines);
		return join(cause, process.remedy(said, signal));
	}

	private static @Nullable String join(@Nullable String one, @Nullable String other) {
		return (one == null || other == null) ? ((one != null) ? one : other) : one + ". " + other;
	}

}
