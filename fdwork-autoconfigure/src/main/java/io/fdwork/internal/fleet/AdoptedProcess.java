package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * The process of a worker that an earlier daemon has started.
 */
final class AdoptedProcess implements WorkerProcess {

	/**
	 * How far apart two processes may see the start of a third: the kernel derives it
	 * from the time of the boot, which changes when the clock is set.
	 */
	private static final Duration TOLERANCE = Duration.ofSeconds(2);

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
				.filter((start) -> Duration.between(start, startInstant).abs().compareTo(TOLERANCE) <= 0)
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
		return this.handle.isAlive() && !isZombie();
	}

	/**
	 * Return whether the process has ended and its parent does not want to know. Its
	 * parent is not this daemon, and the one of a container may reap nobody.
	 */
	private boolean isZombie() {
		try {
			// pid (command) state ..., where the command may
			// have parentheses (proc_pid_stat(5))
			String stat = Files.readString(Path.of("/proc", String.valueOf(pid()), "stat"),
					StandardCharsets.ISO_8859_1);
			return stat.startsWith(") Z", stat.lastIndexOf(')'));
		}
		catch (IOException ex) {
			// Gone meanwhile, as who asks next will see
			return false;
		}
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
