package io.fdwork.internal.worker;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a worker that was told to end by a signal until its daemon lets it go: a signal
 * for a whole process group reaches the daemon too, which then needs its workers until
 * the queues are empty. Safe for all threads.
 */
final class Departure {

	private static final Logger logger = LoggerFactory.getLogger(Departure.class);

	/**
	 * How long the daemon may take to say whether the worker has to stay.
	 */
	private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);

	private final Duration answerTimeout;

	private boolean released;

	private boolean staying;

	private long deadlineNanos;

	Departure() {
		this(ANSWER_TIMEOUT);
	}

	Departure(Duration answerTimeout) {
		this.answerTimeout = answerTimeout;
	}

	/**
	 * Ask the daemon, and wait until the worker may end: the daemon says so, it has gone,
	 * or it does not answer in time.
	 * @param ask asks; returns whether there is a daemon
	 */
	void await(BooleanSupplier ask) {
		begin();
		if (ask.getAsBoolean()) {
			awaitRelease();
		}
	}

	private synchronized void begin() {
		this.released = false;
		this.staying = false;
		this.deadlineNanos = System.nanoTime() + this.answerTimeout.toNanos();
	}

	private synchronized void awaitRelease() {
		try {
			long left = this.deadlineNanos - System.nanoTime();
			while (!this.released && left > 0) {
				TimeUnit.NANOSECONDS.timedWait(this, left);
				left = this.deadlineNanos - System.nanoTime();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		if (!this.released) {
			logger.warn("The daemon {}: this worker ends without its word",
					(this.staying) ? "has not ended in its time" : "does not say whether this worker is still needed");
		}
	}

	/**
	 * The daemon needs the worker.
	 * @param atMost for how long at most
	 */
	synchronized void stay(Duration atMost) {
		if (!this.staying) {
			logger.info("Told to end, as the daemon: serving until that has ended, at most {}", atMost);
			this.staying = true;
			this.deadlineNanos = System.nanoTime() + atMost.toNanos();
			notifyAll();
		}
	}

	/**
	 * The daemon needs the worker no more, or has gone.
	 */
	synchronized void release() {
		this.released = true;
		notifyAll();
	}

}
