package io.fdwork.internal.fleet;

import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;

import io.fdwork.internal.wire.FailureNote;
import org.jspecify.annotations.Nullable;

/**
 * The process of a worker that this daemon has started.
 */
final class StartedProcess implements WorkerProcess {

	private final Process process;

	private final @Nullable Instant startInstant;

	private final FailureNote failureNote;

	private final KnownCause.Jvm jvm;

	private final Supplier<List<String>> tail;

	StartedProcess(Process process, FailureNote failureNote, KnownCause.Jvm jvm, Supplier<List<String>> tail) {
		this.process = process;
		this.failureNote = failureNote;
		this.jvm = jvm;
		this.startInstant = process.info().startInstant().orElse(null);
		this.tail = tail;
	}

	@Override
	public long pid() {
		return this.process.pid();
	}

	@Override
	public @Nullable Instant startInstant() {
		return this.startInstant;
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
		return this.tail.get();
	}

	@Override
	public @Nullable String failureNote() {
		return this.failureNote.take();
	}

	@Override
	public @Nullable String remedy(String said, @Nullable Integer signal) {
		return KnownCause.remedy(said, signal, this.jvm);
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
