package io.fdwork.worker;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.queue.Getter;
import io.fdwork.queue.KernelQueue;
import io.fdwork.wire.FrameDefectException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The task of one thread: get a work whenever there is a permit to serve it, and hand it
 * on. The permit is held from before the get to the end of the work, so that nothing is
 * got that cannot be served at once.
 */
final class GetLoop implements Runnable {

	private static final Logger logger = LoggerFactory.getLogger(GetLoop.class);

	private static final Duration REST_AFTER_FAILURE = Duration.ofMillis(100);

	/**
	 * After how many failures in a row the queue of a daemon that has gone is left, though
	 * it may not be empty.
	 */
	private static final int MAX_FAILURES = 50;

	private final Getter getter;

	private final Turn turn;

	private final Permits permits;

	private final Gate gate;

	private final DescriptorReserve reserve;

	private final Consumer<Work> sink;

	private final WorkerCounters counters;

	private volatile Mode mode = Mode.GET;

	// Whether the last get has looked into the queue and found nothing
	private boolean empty;

	private int failures;

	GetLoop(Getter getter, Turn turn, Permits permits, Gate gate, DescriptorReserve reserve,
			Consumer<Work> sink, WorkerCounters counters) {
		this.getter = getter;
		this.turn = turn;
		this.permits = permits;
		this.gate = gate;
		this.reserve = reserve;
		this.sink = sink;
		this.counters = counters;
	}

	@Override
	public void run() {
		try (this.getter) {
			while (step()) {
				logger.trace("Next");
			}
		}
		finally {
			this.turn.over();
		}
	}

	/**
	 * Get and hand on one work, or find that there is none.
	 * @return whether to go on
	 */
	boolean step() {
		if (this.mode == Mode.STOP) {
			return false;
		}
		// An interrupt was for the handler that ran on this thread, and came too late for it
		Thread.interrupted();
		if (!awaitTurn() || !acquirePermit()) {
			return true;
		}
		this.empty = false;
		Work work = null;
		try {
			work = (this.mode == Mode.STOP) ? null : get();
		}
		finally {
			if (work == null) {
				this.permits.release();
			}
		}
		if (work == null) {
			return this.mode == Mode.GET || !isOver();
		}
		this.failures = 0;
		this.counters.got(work);
		serve(work);
		return true;
	}

	private boolean isOver() {
		if (this.failures >= MAX_FAILURES) {
			logger.error("Left the queue of a daemon that has gone: nothing can be got from it");
			return true;
		}
		// An interrupt ends a get before it has found out
		return !Thread.interrupted() && this.empty;
	}

	private boolean awaitTurn() {
		try {
			return this.turn.await(KernelQueue.GET_TIMEOUT);
		}
		catch (InterruptedException ex) {
			logger.trace("An interrupt came too late for a handler", ex);
			return false;
		}
	}

	private boolean acquirePermit() {
		try {
			return this.permits.tryAcquire(KernelQueue.GET_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			logger.trace("An interrupt came too late for a handler", ex);
			return false;
		}
	}

	private @Nullable Work get() {
		try {
			if (this.reserve.enter(KernelQueue.GET_TIMEOUT)) {
				try {
					return getThroughGate();
				}
				finally {
					this.reserve.leave();
				}
			}
		}
		catch (InterruptedException ex) {
			logger.trace("An interrupt came too late for a handler", ex);
		}
		return null;
	}

	private @Nullable Work getThroughGate() throws InterruptedException {
		return (this.gate.enter(KernelQueue.GET_TIMEOUT)) ? getInside() : null;
	}

	private @Nullable Work getInside() {
		try {
			// The gate is also opened to end those who wait at it
			Work work = (this.mode == Mode.STOP) ? null : this.getter.get(this::onEnd);
			this.empty = work == null;
			return work;
		}
		catch (FrameDefectException ex) {
			if (this.counters.rejected(ex.getDefect())) {
				logger.warn("Rejected a frame: {}. Logged once; see the meter fdwork.frames.rejected", ex.getMessage());
			}
		}
		catch (IOException | RuntimeException ex) {
			this.failures++;
			logger.error("Cannot get from the queue", ex);
			LockSupport.parkNanos(REST_AFTER_FAILURE.toNanos());
		}
		finally {
			this.gate.leave();
		}
		return null;
	}

	private void onEnd(Work work, WorkOutcome outcome) {
		this.counters.ended(work, outcome);
		this.permits.release();
	}

	private void serve(Work work) {
		try {
			this.sink.accept(work);
			work.release();
		}
		catch (Throwable ex) {
			work.fail();
			logger.error("Could not serve {}", work, ex);
		}
	}

	/**
	 * Go on until the queue is empty, then end. For a queue whose daemon has gone.
	 */
	void endWhenEmpty() {
		if (this.mode == Mode.GET) {
			this.mode = Mode.END_WHEN_EMPTY;
		}
		if (this.getter.isEmpty()) {
			// Most likely. This queue is left only when a get has found that it is so
			this.turn.over();
		}
	}

	/**
	 * End after the work that is being served by this thread, if there is one.
	 */
	void stop() {
		this.mode = Mode.STOP;
	}

	private enum Mode {

		GET, END_WHEN_EMPTY, STOP

	}

}
