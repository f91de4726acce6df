package io.fdwork.internal.failure;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * The failures of something that goes on in spite of them. Tells which of them to log:
 * the first of each cause, until it has worked again without that for {@link #QUIET}. So
 * neither one that lasts, nor two that alternate, nor one that comes and goes fill the
 * log. Safe for all threads.
 */
public final class Failures {

	/**
	 * How many causes are told apart. What has more of them has numbers in their texts,
	 * and is silent after so many.
	 */
	static final int MAX_CAUSES = 64;

	/**
	 * For how long a cause must not have failed for its next failure to be a first one,
	 * once it works again.
	 */
	static final Duration QUIET = Duration.ofMinutes(1);

	private static final Duration REST = Duration.ofMillis(100);

	private final LongSupplier nanoTime;

	// Since it worked last; guarded by this
	private final Set<Object> causes = new HashSet<>();

	// When each of those, and of those before, has failed last; guarded by this
	private final Map<Object, Long> lastNanos = new HashMap<>();

	/**
	 * Create an object for something that has not failed yet.
	 */
	public Failures() {
		this(System::nanoTime);
	}

	Failures(LongSupplier nanoTime) {
		this.nanoTime = nanoTime;
	}

	/**
	 * Note a failure.
	 * @param cause what tells it from others, for instance its text; with {@code equals}
	 * @return whether it is the first of its cause, or has not failed for that for
	 * {@link #QUIET} and worked meanwhile, and so to be logged
	 */
	public synchronized boolean isFirst(Object cause) {
		if (this.causes.size() >= MAX_CAUSES && !this.causes.contains(cause)) {
			return false;
		}
		boolean first = this.causes.add(cause);
		long now = this.nanoTime.getAsLong();
		Long last = this.lastNanos.put(cause, now);
		return first && (last == null || now - last >= QUIET.toNanos());
	}

	/**
	 * Note that it works again.
	 */
	public synchronized void over() {
		if (this.causes.isEmpty()) {
			return;
		}
		this.causes.clear();
		long now = this.nanoTime.getAsLong();
		this.lastNanos.values().removeIf((last) -> now - last >= QUIET.toNanos());
		if (this.lastNanos.size() >= MAX_CAUSES) {
			this.lastNanos.clear();
		}
	}

	/**
	 * Return whether nothing has failed since it worked last.
	 * @return whether there was no failure yet, or none since the last {@link #over()}
	 */
	public synchronized boolean isOver() {
		return this.causes.isEmpty();
	}

	/**
	 * Wait a moment, on the thread of the caller, before what has failed is tried again:
	 * without a rest that would be a busy loop. Ends when the thread is interrupted.
	 */
	public static void rest() {
		long deadline = System.nanoTime() + REST.toNanos();
		long left = REST.toNanos();
		while (left > 0 && !Thread.currentThread().isInterrupted()) {
			LockSupport.parkNanos(left);
			left = deadline - System.nanoTime();
		}
	}

}
