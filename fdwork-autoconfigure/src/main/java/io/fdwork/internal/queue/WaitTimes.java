package io.fdwork.internal.queue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

import io.fdwork.internal.wire.WorkerFigures;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * How long requests waited in queues: totals since the start, and percentiles of a
 * sliding window. Safe for all threads.
 */
public final class WaitTimes {

	private static final int INTERVALS = 10;

	private static final int SIGNIFICANT_DIGITS = 2;

	private static final long MAX_MICROS = TimeUnit.HOURS.toMicros(1);

	private final Recorder recorder = new Recorder(MAX_MICROS, SIGNIFICANT_DIGITS);

	private final Deque<Histogram> intervals = new ArrayDeque<>(INTERVALS);

	private final LongAdder count = new LongAdder();

	private final LongAdder totalNanos = new LongAdder();

	private volatile WorkerFigures.Wait window = new WorkerFigures.Wait(0, 0, 0, 0, 0, 0);

	/**
	 * Record the wait of one request.
	 * @param nanos how long it waited
	 */
	public void record(long nanos) {
		long wait = Math.max(0, nanos);
		this.count.increment();
		this.totalNanos.add(wait);
		this.recorder.recordValue(Math.min(MAX_MICROS, TimeUnit.NANOSECONDS.toMicros(wait)));
	}

	/**
	 * End an interval of the window. The window is the last ten intervals.
	 */
	public synchronized void roll() {
		Histogram recycled = (this.intervals.size() == INTERVALS) ? this.intervals.removeFirst() : null;
		this.intervals.addLast(this.recorder.getIntervalHistogram(recycled));
		Histogram sum = new Histogram(MAX_MICROS, SIGNIFICANT_DIGITS);
		this.intervals.forEach(sum::add);
		this.window = new WorkerFigures.Wait(0, 0, nanosAt(sum, 50), nanosAt(sum, 95), nanosAt(sum, 99),
				nanosAt(sum, 100));
	}

	private static long nanosAt(Histogram histogram, double percentile) {
		return TimeUnit.MICROSECONDS.toNanos(histogram.getValueAtPercentile(percentile));
	}

	/**
	 * Return the figures of this moment.
	 * @return totals, and the percentiles of the window that ended last
	 */
	public WorkerFigures.Wait figures() {
		WorkerFigures.Wait window = this.window;
		return new WorkerFigures.Wait(this.count.sum(), this.totalNanos.sum(), window.p50Nanos(), window.p95Nanos(),
				window.p99Nanos(), window.maxNanos());
	}

}
