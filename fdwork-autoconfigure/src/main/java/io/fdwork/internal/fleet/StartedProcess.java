package io.fdwork.internal.fleet;

import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The process of a worker that this daemon has started.
 */
final class StartedProcess implements WorkerProcess {

	private final Process process;

	private final @Nullable Instant startInstant;

	private final OutputTail tail;

	StartedProcess(Process process, OutputTail tail) {
		this.process = process;
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
		return this.tail.lines();
	}

	@Override
	public boolean isOutputComplete() {
		return this.tail.isComplete();
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
