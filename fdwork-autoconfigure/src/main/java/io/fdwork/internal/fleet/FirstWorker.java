package io.fdwork.internal.fleet;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.process.BootClock;
import io.fdwork.internal.wire.Membership;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first worker of a fleet that does not exist yet, started while the daemon does: so
 * both start beside each other. It is the fleet's when that starts; until then it ends
 * with this. If the process is killed before, the next daemon adopts the worker.
 * <p>
 * Only where nothing was left by an earlier daemon, whose workers may live.
 */
public final class FirstWorker implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(FirstWorker.class);

	private static final int GENERATION = 1;

	private final DaemonDirectory directory;

	private final boolean shared;

	private final FleetFile file;

	private final WorkerLauncher launcher;

	private final String token = UUID.randomUUID().toString();

	private final FleetMember member;

	// Guarded by this
	private boolean directoryTaken;

	// Guarded by this
	private boolean taken;

	// Guarded by this
	private boolean closed;

	private FirstWorker(DaemonDirectory directory, boolean shared, FleetFile file, WorkerLauncher launcher,
			Duration startTimeout) throws IOException {
		this.directory = directory;
		this.shared = shared;
		this.file = file;
		this.launcher = launcher;
		// No worker has a token that is not in the file
		write(null);
		WorkerProcess process = launcher.launch(launcher.resolve(null), new Membership(this.token, GENERATION));
		this.member = new FleetMember(process, GENERATION, false, System.nanoTime(), startTimeout);
		write(this.member);
	}

	private void write(@Nullable FleetMember member) {
		List<FleetFile.Member> members = Stream.ofNullable(member)
			.map(FleetMember::toFile)
			.flatMap(Stream::ofNullable)
			.toList();
		this.file.write(new FleetFile.Content(this.token, BootClock.boot(), GENERATION, GENERATION, null, 1, members,
				null, null));
	}

	/**
	 * Start the worker.
	 * @param command how workers are started
	 * @param startTimeout how long it may take to get ready
	 * @param directory the directory of the daemon; stays the caller's if there is no
	 * worker
	 * @param shared whether workers of other users must reach it
	 * @return the worker, {@code null} if there is none: an earlier daemon has left some,
	 * or it cannot be started, which the fleet will find and say
	 */
	public static @Nullable FirstWorker start(WorkerCommand command, Duration startTimeout, DaemonDirectory directory,
			boolean shared) {
		return start(new JvmLauncher(command, directory.path(), Runnable::run), startTimeout, directory, shared);
	}

	static @Nullable FirstWorker start(WorkerLauncher launcher, Duration startTimeout, DaemonDirectory directory,
			boolean shared) {
		FleetFile file = new FleetFile(directory.path());
		if (file.exists()) {
			return null;
		}
		try {
			FirstWorker first = new FirstWorker(directory, shared, file, launcher, startTimeout);
			logger.info("Started worker {} of generation {}", first.member.process().pid(), GENERATION);
			return first;
		}
		catch (IOException | RuntimeException | Error ex) {
			logger.debug("No worker can be started yet", ex);
			launcher.close();
			file.delete();
			return null;
		}
	}

	/**
	 * Take the directory over, which is the caller's from now on.
	 * @param shared whether workers of other users must reach it
	 * @return the directory, {@code null} if it is not like that: then it is closed, and
	 * the worker ends
	 */
	public synchronized @Nullable DaemonDirectory takeDirectory(boolean shared) {
		if (this.closed || shared != this.shared) {
			close();
			return null;
		}
		this.directoryTaken = true;
		return this.directory;
	}

	/**
	 * Take the worker over, which is the caller's from now on.
	 * @return whether it is there to be taken
	 */
	synchronized boolean take() {
		this.taken = !this.closed;
		return this.taken;
	}

	synchronized boolean isOpen() {
		return !this.closed;
	}

	WorkerLauncher launcher() {
		return this.launcher;
	}

	String token() {
		return this.token;
	}

	FleetMember member() {
		return this.member;
	}

	/**
	 * End the worker, and close the directory, unless somebody has taken them.
	 */
	@Override
	public synchronized void close() {
		if (this.closed) {
			return;
		}
		this.closed = true;
		if (!this.taken) {
			// It has registered nowhere, so it serves nobody
			this.member.process().kill();
			this.launcher.close();
			this.file.delete();
		}
		if (!this.directoryTaken) {
			this.directory.close();
		}
	}

}
