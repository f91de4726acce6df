package io.fdwork.internal.fleet;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;

import io.fdwork.fleet.FleetOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds back the start of workers after an attempt that failed: for longer and longer, up
 * to a bound. What is started between two failures is one attempt, however many workers
 * that are, as one cause fails them all. Not safe for threads.
 */
final class StartBrake {

	private static final Logger logger = LoggerFactory.getLogger(StartBrake.class);

	private final FleetOptions options;

	private final FleetNews news;

	private @Nullable String stopped;

	private int failures;

	private String lastFailure = "";

	private @Nullable Instant nextAttempt;

	// Before whatever was started for the fleet, its first worker included
	private long lastFailureNanos = System.nanoTime() - TimeUnit.HOURS.toNanos(1);

	private long noStartBeforeNanos = System.nanoTime();

	StartBrake(FleetOptions options, FleetNews news) {
		this.options = options;
		this.news = news;
	}

	boolean mayStart(long now) {
		return this.stopped == null && now - this.noStartBeforeNanos >= 0;
	}

	/**
	 * Return whether nothing is started until it is {@linkplain #release() released}.
	 */
	boolean isStopped() {
		return this.stopped != null;
	}

	/**
	 * Return why workers that are missing are not there, for people, or {@code null} if
	 * nothing is in their way.
	 */
	@Nullable String reason() {
		if (this.stopped != null || this.failures == 0) {
			return this.stopped;
		}
		return attempts() + " failed, the next one "
				+ ((this.nextAttempt != null) ? "comes at " + this.nextAttempt : "is under way") + ". The last: "
				+ this.lastFailure;
	}

	private String attempts() {
		return (this.failures == 1) ? "An attempt to start workers"
				: this.failures + " attempts in a row to start workers";
	}

	/**
	 * Note that a worker was started.
	 */
	void started() {
		this.nextAttempt = null;
	}

	/**
	 * Note that a worker is fit. That ends the row of failures, unless it was so before
	 * the last of them.
	 * @param readyNanos since when it is ready
	 */
	void succeeded(long readyNanos) {
		if (readyNanos - this.lastFailureNanos > 0) {
			this.failures = 0;
		}
	}

	/**
	 * Note that a worker was not fit, or could not be started. Others of the same attempt
	 * may have failed already: then it changes nothing.
	 * @param what what happened, for people
	 * @param startedNanos when it was started
	 */
	void failed(String what, long startedNanos, long now) {
		if (startedNanos - this.lastFailureNanos <= 0) {
			return;
		}
		this.failures++;
		this.lastFailure = what;
		this.lastFailureNanos = now;
		Duration backoff = backoff();
		this.noStartBeforeNanos = now + backoff.toNanos();
		this.nextAttempt = Instant.now().plus(backoff).truncatedTo(ChronoUnit.MILLIS);
		Integer max = this.options.maxStartFailures();
		if (max != null && this.failures >= max && this.stopped == null) {
			String reason = attempts() + " failed. The last: " + what;
			this.stopped = reason;
			this.news.log(() -> logger.error("The fleet starts no more workers until it is resumed: {}", reason));
		}
	}

	private Duration backoff() {
		Duration backoff = this.options.minBackoff().multipliedBy(1L << Math.min(this.failures - 1, 20));
		return (backoff.compareTo(this.options.maxBackoff()) < 0) ? backoff : this.options.maxBackoff();
	}

	/**
	 * Start nothing until it is released, as an operator wants it.
	 */
	void stop() {
		this.stopped = "It was told to start no more workers";
	}

	/**
	 * Forget all failures, and an order to stop.
	 */
	void release() {
		this.stopped = null;
		forget();
	}

	/**
	 * Forget all failures: from now on, something else is started.
	 */
	void forget() {
		this.failures = 0;
		this.noStartBeforeNanos = System.nanoTime();
	}

}
