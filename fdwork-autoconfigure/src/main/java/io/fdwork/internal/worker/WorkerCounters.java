package io.fdwork.internal.worker;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.count.Counts;
import io.fdwork.internal.failure.Failures;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.queue.WaitTimes;
import io.fdwork.internal.wire.FrameDefect;
import io.fdwork.internal.wire.ServiceTimes;
import io.fdwork.internal.wire.WorkerFigures;

/**
 * Counts what a worker does, and knows the works in hand. Safe for all threads.
 */
final class WorkerCounters {

	private final LongAdder got = new LongAdder();

	private final LongAdder accepted = new LongAdder();

	private final LongAdder desisted = new LongAdder();

	private final Set<Work> inHand = ConcurrentHashMap.newKeySet();

	// As many as there are queues, which a worker has from its start
	private final Map<String, Ended> ended = new ConcurrentHashMap<>();

	private final Counts<FrameDefect> rejected = new Counts<>(FrameDefect.class);

	private final LongAdder takenBack = new LongAdder();

	private final LongAdder sparesSkipped = new LongAdder();

	private volatile int spares;

	private final WaitTimes waited = new WaitTimes();

	private final ServiceTimes served = new ServiceTimes();

	private final AtomicLong pauses = new AtomicLong();

	private final Failures failures = new Failures();

	private volatile boolean paused;

	private volatile boolean endAwaited;

	void got(Work work) {
		this.inHand.add(work);
		this.got.increment();
		this.waited.record(work.gotNanos() - work.putNanos());
	}

	/**
	 * Count a work that was accepted and not put, besides that it was got.
	 */
	void accepted() {
		this.accepted.increment();
	}

	/**
	 * Count a connection that came out of a queue and was another one's.
	 */
	void desisted() {
		this.desisted.increment();
	}

	/**
	 * Count that a work was served without a break.
	 */
	void served(long nanos) {
		this.served.record(nanos);
	}

	/**
	 * Say of how many connections at home a spare is kept.
	 */
	void spares(int spares) {
		this.spares = spares;
	}

	/**
	 * Count a connection that is at home without a spare.
	 */
	void spareSkipped() {
		this.sparesSkipped.increment();
	}

	/**
	 * Count a connection that was at home with a daemon which is gone, and is served here
	 * again.
	 */
	void takenBack() {
		this.takenBack.increment();
	}

	void ended(Work work, WorkOutcome outcome) {
		this.inHand.remove(work);
		this.ended.computeIfAbsent(work.queue(), (queue) -> new Ended())
			.add(outcome, System.nanoTime() - work.gotNanos());
		if (this.endAwaited && this.inHand.isEmpty()) {
			synchronized (this.inHand) {
				this.inHand.notifyAll();
			}
		}
	}

	/**
	 * Count a rejected frame.
	 * @return whether it is the first of its kind
	 */
	boolean rejected(FrameDefect defect) {
		this.rejected.increment(defect);
		return this.failures.isFirst(defect);
	}

	/**
	 * Count that nothing is got for want of descriptors.
	 * @return whether it is the first time
	 */
	boolean paused() {
		this.paused = true;
		return this.pauses.incrementAndGet() == 1;
	}

	void resumed() {
		this.paused = false;
	}

	Set<Work> inHand() {
		return this.inHand;
	}

	/**
	 * Wait until no work is in hand. An interrupt does not end this.
	 * @param deadlineNanos until when to wait
	 */
	void awaitNoneInHand(long deadlineNanos) {
		boolean interrupted = false;
		synchronized (this.inHand) {
			// Before it looks, so that none ends unnoticed
			this.endAwaited = true;
			while (!this.inHand.isEmpty() && System.nanoTime() < deadlineNanos) {
				try {
					TimeUnit.NANOSECONDS.timedWait(this.inHand, deadlineNanos - System.nanoTime());
				}
				catch (InterruptedException ex) {
					interrupted = true;
				}
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	void rollWindow() {
		this.waited.roll();
	}

	WorkerFigures.Load load(int concurrency, int serving) {
		return new WorkerFigures.Load(this.inHand.size(), concurrency, serving, longestServiceNanos());
	}

	WorkerFigures.Works works() {
		Map<WorkOutcome, WorkerFigures.Duration> ended = new EnumMap<>(WorkOutcome.class);
		Map<String, Map<WorkOutcome, WorkerFigures.Duration>> queues = new TreeMap<>();
		for (WorkOutcome outcome : WorkOutcome.values()) {
			ended.put(outcome, new WorkerFigures.Duration(0, 0));
		}
		this.ended.forEach((queue, works) -> {
			Map<WorkOutcome, WorkerFigures.Duration> ofQueue = works.toMap();
			queues.put(queue, ofQueue);
			ofQueue.forEach((outcome, more) -> ended.merge(outcome, more, WorkerFigures.Duration::plus));
		});
		return new WorkerFigures.Works(this.got.sum(), ended, this.waited.figures(), this.rejected.toMap(), queues,
				this.accepted.sum(), this.desisted.sum(), this.served.counts());
	}

	WorkerFigures.Descriptors descriptors() {
		return new WorkerFigures.Descriptors(Descriptor.open(), Descriptor.leaked(), this.paused, this.pauses.get());
	}

	WorkerFigures.Spares spares() {
		return new WorkerFigures.Spares(this.spares, this.takenBack.sum(), this.sparesSkipped.sum());
	}

	private long longestServiceNanos() {
		return this.inHand.stream()
			.mapToLong((work) -> (work instanceof GotWork got) ? got.servedNanos() : 0)
			.max()
			.orElse(0);
	}

	/**
	 * The works of a queue that have ended.
	 */
	private static final class Ended {

		private final Counts<WorkOutcome> count = new Counts<>(WorkOutcome.class);

		private final Counts<WorkOutcome> nanos = new Counts<>(WorkOutcome.class);

		void add(WorkOutcome outcome, long nanos) {
			this.count.increment(outcome);
			this.nanos.add(outcome, nanos);
		}

		Map<WorkOutcome, WorkerFigures.Duration> toMap() {
			Map<WorkOutcome, WorkerFigures.Duration> map = new EnumMap<>(WorkOutcome.class);
			this.count.toMap()
				.forEach((outcome, count) -> map.put(outcome,
						new WorkerFigures.Duration(count, this.nanos.of(outcome))));
			return map;
		}

	}

}
