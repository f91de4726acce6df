package io.fdwork.internal.daemon;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How many descriptors are free. Before Linux 6.2 the kernel does not count them, and to
 * list some hundreds takes half a millisecond: that is done for a share of the time only,
 * and in between those that came are taken off the last number. Used under the lock of
 * the {@link HomeRoom}.
 */
final class FreeDescriptors {

	/**
	 * What may be spent on each count.
	 */
	private static final Duration CHEAP = Duration.ofNanos(50_000);

	/**
	 * How many times as long as a count has taken there is no other one.
	 */
	private static final int REST = 20;

	private final LongSupplier count;

	private final LongSupplier nanoTime;

	private long free;

	private long takenSince;

	private long countedNanos;

	private long costNanos;

	FreeDescriptors(LongSupplier count) {
		this(count, System::nanoTime);
	}

	FreeDescriptors(LongSupplier count, LongSupplier nanoTime) {
		this.count = count;
		this.nanoTime = nanoTime;
	}

	/**
	 * Return how many are free, or fewer.
	 */
	long get() {
		long start = this.nanoTime.getAsLong();
		if (this.costNanos <= CHEAP.toNanos() || start - this.countedNanos >= REST * this.costNanos) {
			this.free = this.count.getAsLong();
			this.takenSince = 0;
			this.countedNanos = this.nanoTime.getAsLong();
			this.costNanos = this.countedNanos - start;
		}
		return this.free - this.takenSince;
	}

	/**
	 * Note that some have come.
	 */
	void take(int descriptors) {
		this.takenSince += descriptors;
	}

}
