package io.fdwork.fleet;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The end of a worker of the fleet.
 *
 * @param pid its process
 * @param generation the refresh that started it
 * @param reason why it ended
 * @param code its exit code; {@code null} for one that another daemon had started, and
 * when a signal ended it
 * @param signal the number of the signal that ended it, if one did
 * @param uptime how long it ran
 * @param at when it ended
 * @param cause what it died of, in one line, as far as that is known
 * @param lastLines the last lines of its output
 * @param threadDump what its threads did when it hung, the first 64 KiB of it;
 * {@code null} if it did not hang, or the {@code cause} says why there is none
 * @param connections what became of those that it had in service, as far as that was
 * known a second after its end; {@link ConnectionFates#NONE} if it had none, or the
 * daemon did not hold them
 */
public record WorkerExit(long pid, int generation, ExitReason reason, @Nullable Integer code, @Nullable Integer signal,
		Duration uptime, Instant at, @Nullable String cause, List<String> lastLines, @Nullable String threadDump,
		ConnectionFates connections) {

	/**
	 * Describe how the process ended, and what of.
	 * @return for people
	 */
	public String describe() {
		String how = (this.code != null) ? "exited with " + this.code
				: (this.signal != null) ? "was ended by signal " + this.signal : "ended";
		return "Worker " + this.pid + " of generation " + this.generation + " " + how + " after "
				+ this.uptime.toMillis() + " ms (" + this.reason + ")"
				+ ((this.cause != null) ? ": " + this.cause : "");
	}

}
