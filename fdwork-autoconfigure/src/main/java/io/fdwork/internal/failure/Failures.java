package io.fdwork.internal.failure;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * The failures of something that goes on in spite of them. Tells which of them to log:
 * the first of each cause, until it works again. So neither one that lasts nor two that
 * alternate fill the log. Safe for all threads.
 */
public final class Failures {

	/**
	 * How many causes are told apart. What has more of them has numbers in their texts,
	 * and is silent after so many.
	 */
	static final int MAX_CAUSES = 64;

	private static final Duration REST = Duration.ofMillis(100);

	private final Set<Object> causes = ConcurrentHashMap.newKeySet();

	/**
	 * Note a failure.
	 * @param cause what tells it from others, for instance its text; with {@code equals}
	 * @return whether it is the first of its cause since the last {@link #over()}, and so
	 * to be logged
	 */
	public boolean isFirst(Object cause) {
		return this.causes.size() < MAX_CAUSES && this.causes.add(cause);
	}

	/**
	 * Note that it works again: the next failure is a first one.
	 */
	public void over() {
		this.causes.clear();
	}

	/**
	 * Return whether nothing has failed since it worked last.
	 * @return whether there was no failure yet, or none since the last {@link #over()}
	 */
	public boolean isOver() {
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
