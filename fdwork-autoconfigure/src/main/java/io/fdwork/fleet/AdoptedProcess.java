package io.fdwork.fleet;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * The process of a worker that an earlier daemon has started.
 */
final class AdoptedProcess implements WorkerProcess {

	private final ProcessHandle handle;

	private final Instant startInstant;

	private AdoptedProcess(ProcessHandle handle, Instant startInstant) {
		this.handle = handle;
		this.startInstant = startInstant;
	}

	/**
	 * Find a process.
	 * @return the process, or empty if it has ended, or another one has its pid now
	 */
	static Optional<WorkerProcess> find(long pid, Instant startInstant) {
		return ProcessHandle.of(pid)
			.filter((handle) -> handle.info()
				.startInstant()
				.filter((start) -> start.toEpochMilli() == startInstant.toEpochMilli())
				.isPresent())
			.map((handle) -> new AdoptedProcess(handle, startInstant));
	}

	@Override
	public long pid() {
		return this.handle.pid();
	}

	@Override
	public Instant startInstant() {
		return this.startInstant;
	}

	@Override
	public boolean isAlive() {
		return this.handle.isAlive();
	}

	@Override
	public @Nullable Integer exitCode() {
		return null;
	}

	@Override
	public List<String> lastLines() {
		return List.of();
	}

	@Override
	public void terminate() {
		this.handle.destroy();
	}

	@Override
	public void kill() {
		this.handle.destroyForcibly();
	}

}
