package io.fdwork.internal.worker;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * When a queue is got from: after that of the daemon before has been found empty.
 * Otherwise threads that wait at the new queue, which is empty most of the time, would
 * hold the permits that the old one needs.
 */
final class Turn {

	private final CountDownLatch over = new CountDownLatch(1);

	private volatile @Nullable Turn before;

	private Turn(@Nullable Turn before) {
		this.before = before;
	}

	static Turn first() {
		return new Turn(null);
	}

	/**
	 * Return the turn of the queue that comes after this one.
	 */
	Turn next() {
		return new Turn(this);
	}

	/**
	 * Wait for this turn.
	 * @return whether it has come
	 */
	boolean await(Duration timeout) throws InterruptedException {
		Turn before = this.before;
		if (before != null) {
			if (!before.await(timeout) || !before.over.await(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
				return false;
			}
			this.before = null;
		}
		return true;
	}

	/**
	 * The queue is empty, and nobody puts on it any more.
	 */
	void over() {
		this.over.countDown();
	}

}
