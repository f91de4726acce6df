package io.fdwork.internal.fleet;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

import io.fdwork.internal.process.ProcessIdentity;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process of a worker that this daemon has not started.
 */
final class AdoptedProcess implements WorkerProcess {

	private static final Logger logger = LoggerFactory.getLogger(AdoptedProcess.class);

	private final ProcessHandle handle;

	private final ProcessIdentity identity;

	private AdoptedProcess(ProcessHandle handle, ProcessIdentity identity) {
		this.handle = handle;
		this.identity = identity;
	}

	/**
	 * Find a process.
	 * @return the process, or empty if it has ended, or another one has its pid now
	 */
	static Optional<WorkerProcess> find(ProcessIdentity identity) {
		// The handle first: it is of whoever has the pid at that
		// moment, and signals nobody who has it later
		return ProcessHandle.of(identity.pid())
			.filter((handle) -> isThere(identity))
			.map((handle) -> new AdoptedProcess(handle, identity));
	}

	private static boolean isThere(ProcessIdentity identity) {
		try {
			return identity.equals(ProcessIdentity.of(identity.pid()));
		}
		catch (IOException ex) {
			logger.debug("Process {} cannot be looked at", identity.pid(), ex);
			return false;
		}
	}

	@Override
	public long pid() {
		return this.identity.pid();
	}

	@Override
	public ProcessIdentity identity() {
		return this.identity;
	}

	// Its parent is not this daemon, and the one of a container may reap nobody
	@Override
	public boolean isAlive() {
		return this.identity.isAlive();
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
