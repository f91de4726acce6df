package io.fdwork.internal.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts how often works were served for how long, in buckets that are an eighth to a
 * quarter as wide as the times in them. Counts of several workers can be added, and those
 * of before be taken away. Safe for all threads.
 */
public final class ServiceTimes {

	/**
	 * How many buckets there are. The last one has no end.
	 */
	public static final int BUCKETS = 100;

	/**
	 * A bucket of the shortest times is 16.4 microseconds wide.
	 */
	private static final int UNIT_BITS = 14;

	/**
	 * Four buckets until the time has doubled.
	 */
	private static final int BUCKETS_OF_OCTAVE = 4;

	private static final int OCTAVE_BITS = 2;

	private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);

	/**
	 * Count a time.
	 * @param nanos the time
	 */
	public void record(long nanos) {
		this.counts.incrementAndGet(bucket(nanos));
	}

	/**
	 * Return how often there was a time of each bucket.
	 * @return the counts, without those at the end that are zero
	 */
	public List<Long> counts() {
		int used = BUCKETS;
		while (used > 0 && this.counts.get(used - 1) == 0) {
			used--;
		}
		List<Long> counts = new ArrayList<>(used);
		for (int i = 0; i < used; i++) {
			counts.add(this.counts.get(i));
		}
		return counts;
	}

	/**
	 * Return the bucket of a time.
	 * @param nanos the time
	 * @return its index
	 */
	public static int bucket(long nanos) {
		long units = Math.max(0, nanos) >>> UNIT_BITS;
		if (units < BUCKETS_OF_OCTAVE) {
			return (int) units;
		}
		int octave = Long.SIZE - 1 - Long.numberOfLeadingZeros(units) - OCTAVE_BITS;
		int index = octave * BUCKETS_OF_OCTAVE + (int) (units >>> octave);
		return Math.min(index, BUCKETS - 1);
	}

	/**
	 * Return the shortest time of a bucket.
	 * @param bucket its index
	 * @return the time in nanoseconds
	 */
	public static long shortestNanos(int bucket) {
		if (bucket < BUCKETS_OF_OCTAVE) {
			return (long) bucket << UNIT_BITS;
		}
		int octave = bucket / BUCKETS_OF_OCTAVE - 1;
		return (long) (BUCKETS_OF_OCTAVE + bucket % BUCKETS_OF_OCTAVE) << (octave + UNIT_BITS);
	}

	/**
	 * Return the time that a share of all is not longer than.
	 * @param counts how often there was a time of each bucket
	 * @param share the share, from 0 to 1
	 * @return the time in nanoseconds, 0 if there was none
	 */
	public static long percentile(long[] counts, double share) {
		long all = 0;
		for (long count : counts) {
			all += count;
		}
		double rank = all * share;
		long below = 0;
		for (int i = 0; i < counts.length; i++) {
			if (counts[i] > 0 && below + counts[i] >= rank) {
				long shortest = shortestNanos(i);
				double part = Math.max(0, rank - below) / counts[i];
				return shortest + (long) ((shortestNanos(i + 1) - shortest) * part);
			}
			below += counts[i];
		}
		return 0;
	}

}
