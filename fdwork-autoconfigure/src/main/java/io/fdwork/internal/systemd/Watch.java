package io.fdwork.internal.systemd;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.fdwork.internal.failure.Failures;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd at intervals that this process is alive, as long as nothing keeps it from
 * its work, and its status when that has changed. On a thread of its own.
 */
final class Watch implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Watch.class);

	private static final Duration STATUS_INTERVAL = Duration.ofSeconds(10);

	private final Notifier notifier;

	private final @Nullable Duration watchdogInterval;

	private final Supplier<@Nullable String> problem;

	private final Supplier<String> status;

	private final CountDownLatch closed = new CountDownLatch(1);

	private final Failures problems = new Failures();

	// Of the thread alone
	private @Nullable String lastStatus;

	private long lastStatusNanos;

	Watch(Notifier notifier, @Nullable Duration watchdogInterval, Supplier<@Nullable String> problem,
			Supplier<String> status) {
		this.notifier = notifier;
		this.watchdogInterval = watchdogInterval;
		this.problem = problem;
		this.status = status;
	}

	void start() {
		Thread thread = new Thread(this::run, "fdwork-systemd");
		thread.setDaemon(true);
		thread.start();
	}

	private void run() {
		try {
			boolean ended = false;
			while (!ended) {
				ended = this.closed.await(tick().toNanos(), TimeUnit.NANOSECONDS);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Tell what is to be told now.
	 * @return when to do so again
	 */
	Duration tick() {
		String problem = problem();
		tellStatus((problem != null) ? problem : this.status.get());
		if (this.watchdogInterval == null) {
			return STATUS_INTERVAL;
		}
		if (problem == null) {
			this.notifier.alive();
			return this.watchdogInterval.dividedBy(2);
		}
		// It may pass before the watchdog bites
		return this.watchdogInterval.dividedBy(10);
	}

	private @Nullable String problem() {
		String problem = ask(this.problem);
		if (problem == null) {
			this.problems.over();
		}
		else if (this.problems.isFirst(problem)) {
			logger.error("{}{}", problem,
					(this.watchdogInterval != null) ? ". If this lasts, the watchdog of systemd ends the process" : "");
		}
		return problem;
	}

	private static @Nullable String ask(Supplier<@Nullable String> problem) {
		try {
			return problem.get();
		}
		catch (RuntimeException | Error ex) {
			logger.debug("The health cannot be told", ex);
			return "The health cannot be told: " + ex;
		}
	}

	private void tellStatus(String status) {
		long now = System.nanoTime();
		if (!status.equals(this.lastStatus)
				&& (this.lastStatus == null || now - this.lastStatusNanos >= STATUS_INTERVAL.toNanos())) {
			this.notifier.status(status);
			this.lastStatus = status;
			this.lastStatusNanos = now;
		}
	}

	@Override
	public void close() {
		this.closed.countDown();
	}

}
