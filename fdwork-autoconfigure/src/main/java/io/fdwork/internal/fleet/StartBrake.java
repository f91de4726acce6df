package io.fdwork.internal.fleet;

import java.time.Duration;

import io.fdwork.fleet.FleetOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds back the start of workers after some that never got ready: for longer and longer,
 * and after too many in a row until it is released. Not safe for threads.
 */
final class StartBrake {

	private static final Logger logger = LoggerFactory.getLogger(StartBrake.class);

	/**
	 * Early exits longer ago than this, besides the time that the fleet and a worker take
	 * for the next one, do not count with later ones.
	 */
	private static final Duration EARLY_EXIT_WINDOW = Duration.ofMinutes(5);

	private final FleetOptions options;

	private final FleetNews news;

	private @Nullable String stopped;

	private int earlyExits;

	private long lastEarlyExitNanos;

	private long noStartBeforeNanos = System.nanoTime();

	StartBrake(FleetOptions options, FleetNews news) {
		this.options = options;
		this.news = news;
	}

	boolean mayStart(long now) {
		return this.stopped == null && now - this.noStartBeforeNanos >= 0;
	}

	/**
	 * Return why nothing may be started until {@link #release()}.
	 * @return the reason, for people, or {@code null}
	 */
	@Nullable String stopped() {
		return this.stopped;
	}

	/**
	 * Note that a worker got ready.
	 */
	void succeeded() {
		this.earlyExits = 0;
	}

	/**
	 * Note that a worker never got ready.
	 * @param what what happened, for people
	 */
	void failed(String what, long now) {
		Duration window = EARLY_EXIT_WINDOW.plus(this.options.maxBackoff()).plus(this.options.startTimeout());
		if (now - this.lastEarlyExitNanos > window.toNanos()) {
			this.earlyExits = 0;
		}
		this.lastEarlyExitNanos = now;
		this.earlyExits++;
		long backoff = this.options.minBackoff().toNanos() << Math.min(this.earlyExits - 1, 20);
		this.noStartBeforeNanos = now + Math.min(backoff, this.options.maxBackoff().toNanos());
		if (this.earlyExits >= this.options.maxStartFailures() && this.stopped == null) {
			String reason = this.earlyExits + " workers in a row exited before they were ready. The last: " + what;
			this.stopped = reason;
			this.news.log(() -> logger.error("The fleet starts no more workers until it is resumed: {}", reason));
		}
	}

	void release() {
		this.stopped = null;
		this.earlyExits = 0;
		this.noStartBeforeNanos = System.nanoTime();
	}

}
