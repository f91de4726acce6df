package io.fdwork.internal.fleet;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * What is kept of a member that hangs: why it is thought to, and the dump of its threads
 * that it is asked for, or why there is none. Used under the lock of the fleet.
 */
final class Hang {

	/**
	 * How long a dump may take: a JVM writes it when its threads have come to rest.
	 */
	static final Duration DUMP_PATIENCE = Duration.ofSeconds(5);

	private final WorkerProcess process;

	private final String why;

	private @Nullable Supplier<ThreadDump> dump;

	private @Nullable String problem;

	private @Nullable String text;

	/**
	 * Ask a process for a dump.
	 * @param why why it is thought to hang, for people
	 */
	Hang(WorkerProcess process, String why) {
		this.process = process;
		this.why = why;
		try {
			this.dump = process.dumpThreads();
			if (this.dump == null) {
				this.problem = "an earlier daemon has started it, and its output does not come here";
			}
		}
		catch (IOException ex) {
			this.problem = "it cannot be asked for one: " + ex.getMessage();
		}
	}

	/**
	 * Return whether nothing more of a dump is to be awaited.
	 */
	boolean isDumped() {
		return this.dump == null || this.dump.get().isComplete();
	}

	/**
	 * Keep what has come, before the process is killed.
	 */
	void settle() {
		if (this.text == null && this.problem == null && this.dump != null) {
			String text = this.dump.get().text();
			this.text = (text.isEmpty()) ? null : text;
			if (text.isEmpty()) {
				this.problem = (this.process.isStopped()) ? "a signal has stopped it"
						: "it wrote none within " + DUMP_PATIENCE.toSeconds() + " s";
			}
		}
	}

	@Nullable String threadDump() {
		return this.text;
	}

	/**
	 * Return why it is thought to hang, and why there is no dump if there is none.
	 */
	String describe() {
		return (this.problem != null) ? this.why + ". There is no thread dump: " + this.problem : this.why;
	}

}
