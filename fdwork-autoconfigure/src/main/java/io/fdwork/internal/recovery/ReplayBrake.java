package io.fdwork.internal.recovery;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds back replay for a time when workers have died with what was replayed: a request
 * that kills its worker kills a second one by that, and there may be many of its kind.
 * For one thread.
 */
final class ReplayBrake {

	private static final Logger logger = LoggerFactory.getLogger(ReplayBrake.class);

	/**
	 * Within which time the second worker must have died, and for how long nothing is
	 * replayed after that.
	 */
	static final Duration TIME = Duration.ofMinutes(1);

	private @Nullable Long lastDeathNanos;

	private @Nullable Long pulledNanos;

	/**
	 * Note that a worker has died that had requests which were replayed.
	 */
	void workerDied(long now) {
		if (isWithin(this.lastDeathNanos, now)) {
			if (isReleased(now)) {
				logger.warn("Two workers have died within {} s that had requests which were replayed: for {} s nothing "
						+ "is replayed, so that requests of a kind that kills workers kill no more of them than "
						+ "without replay", TIME.toSeconds(), TIME.toSeconds());
			}
			this.pulledNanos = now;
		}
		this.lastDeathNanos = now;
	}

	/**
	 * Return whether requests may be replayed.
	 */
	boolean isReleased(long now) {
		return !isWithin(this.pulledNanos, now);
	}

	private static boolean isWithin(@Nullable Long sinceNanos, long now) {
		return sinceNanos != null && now - sinceNanos < TIME.toNanos();
	}

}
