package io.fdwork.internal.fleet;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.wire.FailureNote;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process of a worker that this daemon has started.
 */
final class StartedProcess implements WorkerProcess {

	private static final Logger logger = LoggerFactory.getLogger(StartedProcess.class);

	private final Process process;

	private final FailureNote failureNote;

	private final KnownCause.Jvm jvm;

	private final OutputTail tail;

	private @Nullable ProcessIdentity identity;

	StartedProcess(Process process, FailureNote failureNote, KnownCause.Jvm jvm, OutputTail tail) {
		this.process = process;
		this.failureNote = failureNote;
		this.jvm = jvm;
		this.tail = tail;
		identity();
	}

	@Override
	public long pid() {
		return this.process.pid();
	}

	@Override
	public @Nullable ProcessIdentity identity() {
		if (this.identity == null && this.process.isAlive()) {
			try {
				this.identity = ProcessIdentity.of(this.process.pid());
			}
			catch (IOException ex) {
				logger.debug("Process {} cannot be looked at yet", this.process.pid(), ex);
			}
		}
		return this.identity;
	}

	@Override
	public boolean isAlive() {
		return this.process.isAlive();
	}

	@Override
	public @Nullable Integer exitCode() {
		return (this.process.isAlive()) ? null : Integer.valueOf(this.process.exitValue());
	}

	@Override
	public List<String> lastLines() {
		return this.tail.lines();
	}

	@Override
	public boolean isOutputComplete() {
		return this.tail.isComplete();
	}

	@Override
	public @Nullable String failureNote() {
		return this.failureNote.take();
	}

	@Override
	public @Nullable String remedy(String said, @Nullable Integer signal) {
		return KnownCause.remedy(said, signal, this.jvm);
	}

	/**
	 * By SIGQUIT, which the JDK does not send: the shell is where it is for POSIX.
	 */
	@Override
	public Supplier<ThreadDump> dumpThreads() throws IOException {
		Supplier<ThreadDump> dump = this.tail.watchDump();
		// Only a process that nobody has reaped: to another one a SIGQUIT is deadly
		if (this.process.isAlive()) {
			new ProcessBuilder("/bin/sh", "-c", "kill -QUIT " + pid()).redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.start();
		}
		return dump;
	}

	@Override
	public void terminate() {
		this.process.destroy();
	}

	@Override
	public void kill() {
		this.process.destroyForcibly();
	}

}
