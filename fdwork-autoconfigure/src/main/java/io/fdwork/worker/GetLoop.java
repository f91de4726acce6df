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

	private final Getter getter;

	private final Permits permits;

	private final Gate gate;

	private final DescriptorReserve reserve;

	private final Consumer<Work> sink;

	private final WorkerCounters counters;

	private volatile Mode mode = Mode.GET;

	// Whether there was no work for another reason than that the queue is empty
	private boolean skipped;

	GetLoop(Getter getter, Permits permits, Gate gate, DescriptorReserve reserve, Consumer<Work> sink,
			WorkerCounters counters) {
		this.getter = getter;
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
		if (!acquirePermit()) {
			return true;
		}
		this.skipped = false;
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
			return this.mode == Mode.GET || this.skipped || Thread.interrupted();
		}
		this.counters.got(work);
		serve(work);
		return true;
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
			this.skipped = true;
		}
		catch (InterruptedException ex) {
			logger.trace("An interrupt came too late for a handler", ex);
			this.skipped = true;
		}
		return null;
	}

	private @Nullable Work getThroughGate() throws InterruptedException {
		if (this.gate.enter(KernelQueue.GET_TIMEOUT)) {
			return getInside();
		}
		this.skipped = true;
		return null;
	}

	private @Nullable Work getInside() {
		try {
			// The gate is also opened to end those who wait at it
			return (this.mode == Mode.STOP) ? null : this.getter.get(this::onEnd);
		}
		catch (FrameDefectException ex) {
			this.skipped = true;
			if (this.counters.rejected(ex.getDefect())) {
				logger.warn("Rejected a frame: {}. Logged once; see the meter fdwork.frames.rejected", ex.getMessage());
			}
		}
		catch (IOException | RuntimeException ex) {
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
