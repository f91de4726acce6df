package io.fdwork.internal.recovery;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The entries of the table that are not in use. For one thread at a time, but for how
 * many were ever used.
 */
final class FreeEntries {

	/**
	 * How long an entry is not used of which somebody may still have an earlier put.
	 */
	private static final Duration REST = Duration.ofMinutes(1);

	private final int entries;

	private final Deque<Integer> free = new ArrayDeque<>();

	private final Deque<Resting> resting = new ArrayDeque<>();

	private volatile int used;

	FreeEntries(int entries) {
		this.entries = entries;
	}

	/**
	 * Take an entry that is free.
	 * @return its index, -1 if there is none
	 */
	int take() {
		if (!this.resting.isEmpty() && System.nanoTime() - this.resting.peek().sinceNanos() > REST.toNanos()) {
			this.free.addLast(this.resting.remove().index());
		}
		Integer index = this.free.pollLast();
		if (index != null) {
			return index;
		}
		int next = this.used;
		if (next == this.entries) {
			return -1;
		}
		this.used = next + 1;
		return next;
	}

	/**
	 * Give an entry back.
	 */
	void add(int index) {
		this.free.addLast(index);
	}

	/**
	 * Give an entry back that must not be used for some time.
	 */
	void rest(int index) {
		this.resting.add(new Resting(index, System.nanoTime()));
	}

	/**
	 * Return how many entries were ever used: the others are free. For any thread.
	 */
	int used() {
		return this.used;
	}

	private record Resting(int index, long sinceNanos) {
	}

}
