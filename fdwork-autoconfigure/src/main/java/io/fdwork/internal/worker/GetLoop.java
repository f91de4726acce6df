package io.fdwork.internal.worker;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

import io.fdwork.Work;
import io.fdwork.descriptor.LineWatch;
import io.fdwork.internal.failure.Failures;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.queue.WorkSource;
import io.fdwork.internal.wire.FrameDefectException;
import io.netty.channel.IoEventLoop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets a work whenever there is a permit to serve it, and hands it on. The permit is
 * taken just before the get, and held to the end of the work, or until it is idle, so
 * that nothing is got that cannot be served at once. It is the task of a thread of its
 * own, which waits for whatever is missing, or is stepped by an event loop, which never
 * waits.
 */
final class GetLoop implements Runnable {

	private static final Logger logger = LoggerFactory.getLogger(GetLoop.class);

	/**
	 * After how many failures in a row the queue of a daemon that has gone is left,
	 * though it may not be empty.
	 */
	private static final int MAX_FAILURES = 50;

	private final WorkSource source;

	private final Courtesy courtesy;

	private final Turn turn;

	private final Permits permits;

	private final Gate gate;

	private final DescriptorReserve reserve;

	private final Consumer<Work> sink;

	private final WorkerCounters counters;

	private final Duration patience;

	private final Waits waits = new Waits();

	private volatile Mode mode = Mode.GET;

	private volatile boolean inLine;

	private volatile @Nullable Runnable onEmpty;

	private int failures;

	/**
	 * Create a loop.
	 * @param patience how long a step waits for each thing that it needs; zero not to
	 * wait
	 * @param company the others that get from the same queue
	 */
	GetLoop(WorkSource source, Turn turn, Permits permits, Gate gate, DescriptorReserve reserve, Consumer<Work> sink,
			WorkerCounters counters, Duration patience, Company company) {
		this.source = source;
		this.courtesy = new Courtesy(source, company);
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
					rest();
				}
				step = stepOrFail();
			}
		}
		finally {
			close();
		}
	}

	private void rest() {
		if (this.waits.begin()) {
			Failures.rest();
		}
		this.waits.end();
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
	 * Let go of the source, and let the next one have its turn.
	 */
	void close() {
		this.source.close();
		this.turn.over();
	}

	/**
	 * Get and hand on one work, or find that there is none.
	 * @return what came of it
	 */
	Step step() {
		if (this.mode == Mode.STOP || this.source.isOver()) {
			return Step.OVER;
		}
		// An interrupt was for the handler that ran on
		// this thread, and came too late for it
		Thread.interrupted();
		GetAttempt attempt = GetAttempt.HELD_BACK;
		try {
			if (!this.waits.begin() || !awaitTurnAndPermit()) {
				return Step.HELD_BACK;
			}
			attempt = (this.mode == Mode.STOP) ? GetAttempt.HELD_BACK : get();
		}
		finally {
			this.waits.end();
		}
		GotWork work = attempt.work();
		if (work == null) {
			tellIfEmpty(attempt.result());
			return (this.mode != Mode.GET && isOver(attempt.result())) ? Step.OVER : attempt.result();
		}
		this.failures = 0;
		this.counters.got(work);
		this.courtesy.got(work);
		this.permits.got(work);
		if (!this.patience.isZero()) {
			this.courtesy.letOthersGoFirst();
		}
		serve(work);
		if (!this.patience.isZero()) {
			this.courtesy.letOthersRun();
		}
		return (work.outcome() != null) ? Step.SERVED : Step.IN_HAND;
	}

	private void tellIfEmpty(Step result) {
		Runnable told = this.onEmpty;
		if (told != null && result == Step.EMPTY) {
			this.onEmpty = null;
			told.run();
		}
	}

	private boolean isOver(Step result) {
		if (this.failures >= MAX_FAILURES) {
			logger.error("Left the queue of a daemon that has gone: nothing can be got from it");
			return true;
		}
		// An interrupt ends a get before it has found out
		return !Thread.interrupted() && result == Step.EMPTY;
	}

	private boolean awaitTurnAndPermit() {
		try {
			boolean open = this.turn.await(this.patience) && this.permits.await(this.patience);
			if (!open && !this.patience.isZero()) {
				hurryIfAwaited();
			}
			return open;
		}
		catch (InterruptedException ex) {
			logger.trace("An interrupt came too late for a handler", ex);
			return false;
		}
	}

	private GetAttempt get() {
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
		return GetAttempt.HELD_BACK;
	}

	private GetAttempt getThroughGate() throws InterruptedException {
		return (this.gate.enter(this.patience)) ? getInside() : GetAttempt.HELD_BACK;
	}

	private GetAttempt getInside() {
		try {
			// What the source waits in has a wake-up of its own
			this.waits.end();
			// The gate is also opened to end those who wait at it
			if (this.mode == Mode.STOP) {
				return GetAttempt.HELD_BACK;
			}
			this.inLine = true;
			GotWork work = this.source.get(this.patience, this.counters::ended, this.permits);
			if (work != null) {
				return new GetAttempt(Step.IN_HAND, work);
			}
			return (this.source.isRefused()) ? GetAttempt.HELD_BACK : GetAttempt.EMPTY;
		}
		catch (FrameDefectException ex) {
			if (this.counters.rejected(ex.getDefect())) {
				logger.warn("Rejected a frame: {}. Logged once; see the meter fdwork.frames.rejected", ex.getMessage());
			}
			return GetAttempt.REJECTED;
		}
		catch (IOException | RuntimeException ex) {
			if (this.failures++ == 0) {
				logger.error("Cannot get works; trying again. Logged once until it goes", ex);
			}
			return GetAttempt.FAILED;
		}
		finally {
			this.inLine = false;
			this.gate.leave();
		}
	}

	/**
	 * Let an event loop that steps this wait for works.
	 * @see WorkSource#watch
	 */
	LineWatch watch(IoEventLoop loop, Runnable ready) {
		return this.source.watch(loop, ready);
	}

	/**
	 * Return whether there is most likely something to get.
	 */
	boolean isAwaited() {
		return this.mode != Mode.STOP && !this.source.isEmpty();
	}

	/**
	 * Let a slow start go on if works wait, now and then: the first may have no end.
	 */
	void hurryIfAwaited() {
		if (this.permits.isSlow() && this.gate.isOpen() && isAwaited()) {
			this.permits.hurry();
		}
	}

	/**
	 * Return how the other workers are let go first. For an event loop that steps this.
	 */
	Courtesy courtesy() {
		return this.courtesy;
	}

	/**
	 * Return whether the thread that runs this may be waiting for a work.
	 */
	boolean isInLine() {
		return this.inLine;
	}

	boolean hasPermit() {
		return this.permits.isOpen();
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
		if (this.source.isEmpty()) {
			// Most likely. This queue is left only when a get has found that it is so
			this.turn.over();
		}
	}

	/**
	 * Tell once that there is nothing to get, now or when that is so.
	 */
	void onEmpty(Runnable told) {
		this.onEmpty = told;
		if (this.source.isEmpty()) {
			tellIfEmpty(Step.EMPTY);
		}
	}

	/**
	 * End after the work that is being served by this thread, if there is one.
	 * @see #wake()
	 */
	void stop() {
		this.mode = Mode.STOP;
	}

	/**
	 * Return whether it was told to {@link #stop()}.
	 */
	boolean isStopping() {
		return this.mode == Mode.STOP;
	}

	/**
	 * Let the thread that runs this see what it has been told, if it waits. Safe for all
	 * threads, but not for a loop that an event loop steps, which never waits.
	 */
	void wake() {
		this.source.wake();
		if (this.mode == Mode.STOP) {
			this.waits.endForGood();
		}
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
		 * The queue was not looked at: it is not its turn, or there is no permit or too
		 * few descriptors, or the worker is quiesced.
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
