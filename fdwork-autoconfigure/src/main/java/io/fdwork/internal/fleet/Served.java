package io.fdwork.internal.fleet;

import java.time.Duration;
import java.util.List;

import io.fdwork.WorkOutcome;
import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.internal.wire.ServiceTimes;
import io.fdwork.internal.wire.WorkerFigures;
import org.jspecify.annotations.Nullable;

/**
 * What one or several workers have done in some time, as far as a bake compares it.
 */
final class Served {

	/**
	 * Nothing at all.
	 */
	static final Served NOTHING = new Served(0, 0, new long[ServiceTimes.BUCKETS]);

	private static final double PERCENTILE = 0.95;

	private final long requests;

	private final long failed;

	private final long[] times;

	private Served(long requests, long failed, long[] times) {
		this.requests = requests;
		this.failed = failed;
		this.times = times;
	}

	/**
	 * Return what a worker has done since its start.
	 */
	static Served of(WorkerFigures figures) {
		long failedWorks = count(figures, WorkOutcome.FAILED);
		WorkerFigures.Requests requests = figures.requests();
		// Where nobody measures requests, each work is one
		long all = Math.max(failedWorks + count(figures, WorkOutcome.SERVED),
				(requests != null) ? requests.count() : 0);
		return new Served(all, failedWorks + ((requests != null) ? requests.failed() : 0),
				times(figures.works().serviceTimes()));
	}

	private static long count(WorkerFigures figures, WorkOutcome outcome) {
		WorkerFigures.Duration ended = figures.works().ended().get(outcome);
		return (ended != null) ? ended.count() : 0;
	}

	private static long[] times(@Nullable List<Long> counts) {
		long[] times = new long[ServiceTimes.BUCKETS];
		if (counts != null) {
			for (int i = 0; i < Math.min(times.length, counts.size()); i++) {
				Long count = counts.get(i);
				times[i] = (count != null) ? count : 0;
			}
		}
		return times;
	}

	Served plus(Served other) {
		return combine(other, 1);
	}

	/**
	 * Return what was done since an earlier moment.
	 */
	Served since(Served earlier) {
		return combine(earlier, -1);
	}

	private Served combine(Served other, int sign) {
		long[] times = new long[this.times.length];
		for (int i = 0; i < times.length; i++) {
			times[i] = Math.max(0, this.times[i] + sign * other.times[i]);
		}
		return new Served(Math.max(0, this.requests + sign * other.requests),
				Math.max(0, this.failed + sign * other.failed), times);
	}

	/**
	 * Return the requests of this with the service times of another.
	 */
	Served withTimesOf(Served other) {
		return new Served(this.requests, this.failed, other.times);
	}

	long requests() {
		return this.requests;
	}

	long failed() {
		return this.failed;
	}

	/**
	 * Return which share of the requests failed, from 0 to 1.
	 */
	double failureRate() {
		return (this.requests > 0) ? Math.min(1, (double) this.failed / this.requests) : 0;
	}

	/**
	 * Return how many service times are known.
	 */
	long timed() {
		long timed = 0;
		for (long count : this.times) {
			timed += count;
		}
		return timed;
	}

	/**
	 * Return the 95th percentile of the service times.
	 */
	Duration serviceTime() {
		return Duration.ofNanos(ServiceTimes.percentile(this.times, PERCENTILE));
	}

	FleetSnapshot.GenerationFigures figures(int generation) {
		return new FleetSnapshot.GenerationFigures(generation, this.requests, this.failed,
				(timed() > 0) ? serviceTime() : null);
	}

}
