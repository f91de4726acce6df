package io.fdwork.internal.worker;

import java.nio.file.Path;
import java.time.Duration;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says once when a daemon that was there does not come back: nobody else does, and
 * clients that wait for it do not know. For one thread.
 */
final class DaemonAbsence {

	private static final Logger logger = LoggerFactory.getLogger(DaemonAbsence.class);

	/**
	 * Longer than a daemon needs to start.
	 */
	static final Duration PATIENCE = Duration.ofSeconds(30);

	private final Path directory;

	private boolean known;

	private boolean told;

	private long goneNanos;

	DaemonAbsence(Path directory) {
		this.directory = directory;
	}

	/**
	 * Note how an attempt to find the daemon ended.
	 * @param registered whether it was there, and is gone since now
	 * @param listeners how many listeners are kept for the next one
	 * @param accepted how many of them are accepted from in its place
	 */
	void look(boolean registered, int listeners, int accepted, long now) {
		if (registered) {
			this.known = true;
			this.told = false;
			this.goneNanos = now;
		}
		else if (this.known && !this.told && now - this.goneNanos >= PATIENCE.toNanos()) {
			this.told = true;
			logger.warn(
					"There has been no daemon in {} for {} s: {}. Start it; if it does not start, its log says why. "
							+ "This worker goes on looking for it; logged once",
					this.directory, Duration.ofNanos(now - this.goneNanos).toSeconds(),
					(listeners == 0) ? "nobody can connect" : (accepted < listeners)
							? "the ports are open, but not all are accepted from, and who connects there waits. "
									+ "To close the ports, end all workers"
							: "this worker accepts in its place, and nobody replaces workers that end");
		}
	}

}
