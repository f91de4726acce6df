package io.fdwork.internal.queue;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets the puts on a queue have their turns in the order in which they came, and knows
 * who waits for one, or for room in its turn. Safe for all threads.
 */
final class PutTurns {

	private static final Duration CHECK_INTERVAL = Duration.ofMillis(1);

	private final ReentrantLock lock = new ReentrantLock(true);

	private final Set<Thread> waiters = ConcurrentHashMap.newKeySet();

	private volatile boolean full;

	/**
	 * Wait for a turn. Only a put that waits for room has one for long, any other for
	 * microseconds, which are waited whatever the timeout.
	 * @return whether it has come
	 */
	boolean await(long timeoutNanos) throws InterruptedException {
		// The timed one, also for no time at all: it does not overtake those who wait
		if (this.lock.tryLock(0, TimeUnit.NANOSECONDS)) {
			return true;
		}
		waits(true);
		try {
			long patience = timeoutNanos;
			while (!this.lock.tryLock(patience, TimeUnit.NANOSECONDS)) {
				if (this.full) {
					return false;
				}
				patience = CHECK_INTERVAL.toNanos();
			}
			return true;
		}
		finally {
			waits(false);
		}
	}

	/**
	 * Wait for a turn, for no longer than told.
	 * @return whether it has come
	 */
	boolean await(Duration timeout) throws InterruptedException {
		return this.lock.tryLock(timeout.toNanos(), TimeUnit.NANOSECONDS);
	}

	/**
	 * Begin a turn, if nobody else has one.
	 * @return whether it has begun
	 */
	boolean tryBegin() {
		return this.lock.tryLock();
	}

	/**
	 * Begin a turn, however long that takes.
	 */
	void begin() {
		this.lock.lock();
	}

	void end() {
		this.lock.unlock();
	}

	/**
	 * Note whether this thread waits.
	 */
	void waits(boolean waits) {
		if (waits) {
			this.waiters.add(Thread.currentThread());
		}
		else {
			this.waiters.remove(Thread.currentThread());
		}
	}

	/**
	 * Return whether a thread waits.
	 */
	boolean isWaiting(Thread thread) {
		return this.waiters.contains(thread);
	}

	/**
	 * Note whether the one that has its turn waits for room.
	 */
	void full(boolean full) {
		this.full = full;
	}

	/**
	 * Return whether one that has its turn waits for room.
	 */
	boolean isFull() {
		return this.full;
	}

}
