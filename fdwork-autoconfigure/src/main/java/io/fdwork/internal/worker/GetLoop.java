package io.fdwork.internal.worker;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.descriptor.MessageWatch;
import io.fdwork.internal.queue.Getter;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.wire.FrameDefectException;
import io.netty.channel.IoEventLoop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets a work whenever there is a permit to serve it, and hands it on. The permit is held
 * from before the get to the end of the work, so that nothing is got that cannot be served
 * at once. It is the task of a thread of its own, which waits for whatever is missing, or
 * is stepped by an event loop, which never waits.
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

	private final Duration patience;

	private volatile Mode mode = Mode.GET;

	private Step result = Step.HELD_BACK;

	private int failures;

	/**
	 * Create a loop.
	 * @param patience how long a step waits for each thing that it needs; zero not to wait
	 */
	GetLoop(Getter getter, Turn turn, Permits permits, Gate gate, DescriptorReserve reserve,
			Consumer<Work> sink, WorkerCounters counters, Duration patience) {
		this.getter = getter;
		this.turn = turn;
		this.permits = permits;
		this.gate = gate;
		this.reserve = reserve;
		this.sink = sink;
		this.counters = counters;
		this.patience = patience;
	}

	@Override
	public void run() {
		try {
			Step step = stepOrFail();
			while (step != Step.OVER) {
				if (step == Step.FAILED) {
					LockSupport.parkNanos(REST_AFTER_FAILURE.toNanos());
				}
				step = stepOrFail();
			}
		}
		finally {
			close();
		}
	}

	private Step stepOrFail() {
		try {
			return step();
		}
		catch (RuntimeException | Error ex) {
			// The only thread that gets, maybe
			logger.error("A work could not be got; going on", ex);
			return Step.FAILED;
		}
	}

	/**
	 * Let go of the queue, and let the next one have its turn.
	 */
	void close() {
		this.getter.close();
		this.turn.over();
	}

	/**
	 * Get and hand on one work, or find that there is none.
	 * @return what came of it
	 */
	Step step() {
		if (this.mode == Mode.STOP) {
			return Step.OVER;
		}
		// An interrupt was for the handler that ran on this thread, and came too late for it
		Thread.interrupted();
		this.result = Step.HELD_BACK;
		if (!awaitTurn() || !acquirePermit()) {
			return this.result;
		}
		GotWork work = null;
		try {
			work = (this.mode == Mode.STOP) ? null : get();
		}
		finally {
			if (work == null) {
				giveBackPermit();
			}
		}
		if (work == null) {
			return (this.mode != Mode.GET && isOver()) ? Step.OVER : this.result;
		}
		this.failures = 0;
		this.counters.got(work);
		serve(work);
		return (work.outcome() != null) ? Step.SERVED : Step.IN_HAND;
	}

	private void giveBackPermit() {
		if (this.result == Step.EMPTY) {
			// Who found none meanwhile has left the line, maybe woken for a work
			this.permits.release();
		}
		else {
			this.permits.giveBack();
		}
	}

	private boolean isOver() {
		if (this.failures >= MAX_FAILURES) {
			logger.error("Left the queue of a daemon that has gone: nothing can be got from it");
			return true;
		}
		// An interrupt ends a get before it has found out
		return !Thread.interrupted() && this.result == Step.EMPTY;
	}

	private boolean awaitTurn() {
		try {
			return this.turn.await(this.patience);
		}
		catch (InterruptedException ex) {
			logger.trace("An interrupt came too late for a handler", ex);
			return false;
		}
	}

	private boolean acquirePermit() {
		try {
			return this.permits.tryAcquire(this.patience.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			logger.trace("An interrupt came too late for a handler", ex);
			return false;
		}
	}

	private @Nullable GotWork get() {
		try {
			if (this.reserve.enter(this.patience)) {
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

	private @Nullable GotWork getThroughGate() throws InterruptedException {
		return (this.gate.enter(this.patience)) ? getInside() : null;
	}

	private @Nullable GotWork getInside() {
		try {
			// The gate is also opened to end those who wait at it
			if (this.mode == Mode.STOP) {
				return null;
			}
			GotWork work = this.getter.get(this.patience, this::onEnd);
			this.result = Step.EMPTY;
			return work;
		}
		catch (FrameDefectException ex) {
			this.result = Step.REJECTED;
			if (this.counters.rejected(ex.getDefect())) {
				logger.warn("Rejected a frame: {}. Logged once; see the meter fdwork.frames.rejected", ex.getMessage());
			}
		}
		catch (IOException | RuntimeException ex) {
			this.result = Step.FAILED;
			this.failures++;
			logger.error("Cannot get from the queue", ex);
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

	/**
	 * Let an event loop that steps this wait for works.
	 * @see Getter#watch
	 */
	MessageWatch watch(IoEventLoop loop, Runnable ready) {
		return this.getter.watch(loop, ready);
	}

	/**
	 * Return whether there is most likely something to get.
	 */
	boolean isAwaited() {
		return this.mode != Mode.STOP && !this.getter.isEmpty();
	}

	boolean hasPermit() {
		return this.permits.availablePermits() > 0;
	}

	private void serve(GotWork work) {
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

	/**
	 * What came of a step.
	 */
	enum Step {

		/**
		 * A work was got, and has ended.
		 */
		SERVED,

		/**
		 * A work was got, and is in hand.
		 */
		IN_HAND,

		/**
		 * What was got had to be rejected.
		 */
		REJECTED,

		/**
		 * There is nothing in the queue.
		 */
		EMPTY,

		/**
		 * The queue was not looked at: it is not its turn, or there is no permit or too few
		 * descriptors, or the worker is quiesced.
		 */
		HELD_BACK,

		/**
		 * The queue cannot be read now.
		 */
		FAILED,

		/**
		 * There will be no other step.
		 */
		OVER

	}

	private enum Mode {

		GET, END_WHEN_EMPTY, STOP

	}

}
