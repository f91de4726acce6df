package io.fdwork.internal.daemon;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.OrderKind;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says when workers that were told to end by a signal may do so: soon, or, when the
 * daemon itself was told to end, when it needs them no more. Safe for all threads.
 */
public final class Departures {

	private static final Logger logger = LoggerFactory.getLogger(Departures.class);

	/**
	 * How much later than a worker the daemon may hear of a signal that is for both.
	 * Rarely it is more, on a machine that is overloaded, and some workers end while
	 * others serve.
	 */
	private static final Duration GRACE = Duration.ofMillis(100);

	/**
	 * The same when no worker is left that could serve, as when all were told to end.
	 */
	private static final Duration LAST_GRACE = Duration.ofSeconds(2);

	private final Predicate<ProcessIdentity> drained;

	private final Duration grace;

	private final Duration lastGrace;

	// Until when workers are kept at most
	private @Nullable Long heldUntilNanos;

	/**
	 * Create departures that let everybody go.
	 * @param drained tells of a process whether this daemon itself has told a worker to
	 * end, so that nothing more has to be waited for; may wait for a lock
	 */
	public Departures(Predicate<ProcessIdentity> drained) {
		this(drained, GRACE, LAST_GRACE);
	}

	Departures(Predicate<ProcessIdentity> drained, Duration grace, Duration lastGrace) {
		this.drained = drained;
		this.grace = grace;
		this.lastGrace = lastGrace;
	}

	/**
	 * Keep the workers that were or will be told to end, until this process has ended.
	 * Does nothing the second time.
	 * @param atMost how long they are kept if it does not end
	 */
	public synchronized void hold(Duration atMost) {
		if (this.heldUntilNanos == null) {
			this.heldUntilNanos = System.nanoTime() + atMost.toNanos();
			notifyAll();
		}
	}

	/**
	 * Return whether workers are kept, as the daemon was told to end.
	 * @return whether {@link #hold} was called
	 */
	public synchronized boolean isHeld() {
		return this.heldUntilNanos != null;
	}

	/**
	 * Answer a worker that was told to end, on a thread of its own.
	 * @param worker the worker
	 */
	public void ask(LeavingWorker worker) {
		Thread thread = new Thread(() -> worker.answer(decide(worker)), "fdwork-departure");
		thread.setDaemon(true);
		thread.start();
	}

	private ControlMessage decide(LeavingWorker worker) {
		DaemonSnapshot.WorkerSnapshot snapshot = worker.snapshot();
		if (!isDrained(snapshot.process())
				&& (awaitHold(this.grace) || (worker.isLast() && awaitHold(this.lastGrace.minus(this.grace))))) {
			logger.info("Worker {} with pid {} was told to end, as this daemon, and stays until that has ended",
					snapshot.name(), snapshot.pid());
			return new ControlMessage.Stay(leftMillis());
		}
		logger.info("Worker {} with pid {} was told to end by a signal", snapshot.name(), snapshot.pid());
		return ControlMessage.Order.of(OrderKind.DRAIN);
	}

	private boolean isDrained(@Nullable ProcessIdentity process) {
		return process != null && this.drained.test(process);
	}

	private synchronized boolean awaitHold(Duration timeout) {
		long deadline = System.nanoTime() + timeout.toNanos();
		try {
			for (long left = timeout.toNanos(); this.heldUntilNanos == null
					&& left > 0; left = deadline - System.nanoTime()) {
				TimeUnit.NANOSECONDS.timedWait(this, left);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		return isHeld();
	}

	private synchronized long leftMillis() {
		long left = Objects.requireNonNull(this.heldUntilNanos) - System.nanoTime();
		return Math.max(0, TimeUnit.NANOSECONDS.toMillis(left));
	}

}
