package io.fdwork.internal.archive;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Remembers which archives could not be built, and when it may be tried again: a disk
 * that was full or a database that was away need not stay so. Safe for threads.
 */
final class FailedTrainings {

	/**
	 * How long to wait after the first failure. Twice as long after each more.
	 */
	static final Duration FIRST_DELAY = Duration.ofMinutes(5);

	/**
	 * After how many failures it is not tried again: each attempt costs the machine about
	 * what the start of a worker does.
	 */
	static final int MAX_ATTEMPTS = 4;

	private final Map<ArchiveKey, Failure> failures = new ConcurrentHashMap<>();

	private final LongSupplier nanoTime;

	FailedTrainings() {
		this(System::nanoTime);
	}

	FailedTrainings(LongSupplier nanoTime) {
		this.nanoTime = nanoTime;
	}

	/**
	 * Note that an archive could not be built.
	 */
	void add(ArchiveKey key) {
		this.failures.merge(key, new Failure(1, this.nanoTime.getAsLong()),
				(before, latest) -> new Failure(before.times() + 1, latest.atNanos()));
	}

	/**
	 * Note that an archive can never be built.
	 */
	void addForGood(ArchiveKey key) {
		this.failures.put(key, new Failure(MAX_ATTEMPTS, this.nanoTime.getAsLong()));
	}

	/**
	 * Return whether it must not be tried at this moment.
	 */
	boolean contains(ArchiveKey key) {
		Failure failure = this.failures.get(key);
		return failure != null && (failure.times() >= MAX_ATTEMPTS
				|| this.nanoTime.getAsLong() - failure.atNanos() < failure.delay().toNanos());
	}

	/**
	 * What is remembered of one archive.
	 */
	private record Failure(int times, long atNanos) {

		Duration delay() {
			return FIRST_DELAY.multipliedBy(1L << (this.times - 1));
		}

	}

}
