package io.fdwork.internal.daemon;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongPredicate;

import io.fdwork.internal.wire.ControlMessage;
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
	 * How much later than its workers the daemon may hear of a signal that is for all of
	 * them. The workers serve meanwhile.
	 */
	private static final Duration GRACE = Duration.ofMillis(300);

	private final LongPredicate drained;

	private final Duration grace;

	// Until when workers are kept at most
	private @Nullable Long heldUntilNanos;

	/**
	 * Create departures that let everybody go.
	 * @param drained tells by its pid whether this daemon itself has told a worker to
	 * end, so that nothing more has to be waited for; may wait for a lock
	 */
	public Departures(LongPredicate drained) {
		this(drained, GRACE);
	}

	Departures(LongPredicate drained, Duration grace) {
		this.drained = drained;
		this.grace = grace;
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
	 * @param answer takes the answer
	 */
	public void ask(DaemonSnapshot.WorkerSnapshot worker, Consumer<ControlMessage> answer) {
		Thread thread = new Thread(() -> answer.accept(decide(worker)), "fdwork-departure");
		thread.setDaemon(true);
		thread.start();
	}

	private ControlMessage decide(DaemonSnapshot.WorkerSnapshot worker) {
		Duration stay = (this.drained.test(worker.pid())) ? Duration.ZERO : awaitHold();
		if (stay.isZero()) {
			logger.info("Worker {} with pid {} was told to end by a signal", worker.name(), worker.pid());
			return ControlMessage.Order.of(ControlMessage.Order.Kind.DRAIN);
		}
		logger.info("Worker {} with pid {} was told to end, as this daemon: it stays until the daemon has ended",
				worker.name(), worker.pid());
		return new ControlMessage.Stay(stay.toMillis());
	}

	/**
	 * Return how long a worker has to stay, zero if it has not to.
	 */
	private synchronized Duration awaitHold() {
		long deadline = System.nanoTime() + this.grace.toNanos();
		try {
			for (long left = this.grace.toNanos(); this.heldUntilNanos == null && left > 0; left = deadline
					- System.nanoTime()) {
				TimeUnit.NANOSECONDS.timedWait(this, left);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		Long until = this.heldUntilNanos;
		return Duration.ofNanos((until != null) ? Math.max(0, until - System.nanoTime()) : 0);
	}

}
