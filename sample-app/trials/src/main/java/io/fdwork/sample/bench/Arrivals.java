package io.fdwork.sample.bench;

import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * When which request is to be sent, decided before the first one is.
 *
 * @param nanos times since the start, ascending
 * @param kinds the kind of each request, an index
 */
record Arrivals(long[] nanos, int[] kinds) {

	/**
	 * Let requests arrive independently of each other, as those of many clients do.
	 * @param seed the same one gives the same arrivals
	 * @param perSecond how many there are on average
	 * @param secondKind the part of them that is of kind 1, from 0 to 1; the others are
	 * of kind 0
	 * @param time for how long
	 */
	static Arrivals poisson(long seed, double perSecond, double secondKind, Duration time) {
		SplittableRandom random = new SplittableRandom(seed);
		int expected = (int) (perSecond * time.toMillis() / 1e3);
		long[] nanos = new long[2 * expected + 100];
		int[] kinds = new int[nanos.length];
		int count = 0;
		double at = 0;
		while (count < nanos.length) {
			at -= Math.log(1 - random.nextDouble()) / perSecond * TimeUnit.SECONDS.toNanos(1);
			if (at >= time.toNanos()) {
				break;
			}
			nanos[count] = (long) at;
			kinds[count++] = (random.nextDouble() < secondKind) ? 1 : 0;
		}
		return new Arrivals(Arrays.copyOf(nanos, count), Arrays.copyOf(kinds, count));
	}

	/**
	 * Let requests of kind 0 arrive one after the other at the same distance.
	 */
	static Arrivals even(int count, double perSecond) {
		long[] nanos = new long[count];
		for (int i = 0; i < count; i++) {
			nanos[i] = (long) (i / perSecond * TimeUnit.SECONDS.toNanos(1));
		}
		return new Arrivals(nanos, new int[count]);
	}

	int count() {
		return this.nanos.length;
	}

}
