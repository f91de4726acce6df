package io.fdwork.internal.worker;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

import io.fdwork.internal.queue.WorkPermits;

/**
 * The permits to serve works of one queue, whose number can be changed at any time, and
 * the places for those in hand, whose number is fixed. Taking permits away disturbs no
 * work: there are none for new ones until enough are idle or have ended.
 */
final class Permits implements WorkPermits {

	private final int configured;

	private final Reducible free;

	private final Reducible places;

	private int total;

	private volatile Runnable onRelease = () -> {
	};

	private volatile Runnable onExhausted = () -> {
	};

	private volatile LongConsumer onServed = (nanos) -> {
	};

	/**
	 * Create permits.
	 * @param configured how many works are served at once, at most
	 * @param places how many works are in hand, at most, the idle ones included
	 */
	Permits(int configured, int places) {
		this.configured = configured;
		this.total = configured;
		this.free = new Reducible(configured);
		this.places = new Reducible(places);
	}

	/**
	 * Set who is told, on whatever thread, when there is one more permit or place.
	 */
	void onRelease(Runnable onRelease) {
		this.onRelease = onRelease;
	}

	/**
	 * Set who is told, on whatever thread, when a work has taken the last permit or
	 * place: nobody who waits to get can get then.
	 */
	void onExhausted(Runnable onExhausted) {
		this.onExhausted = onExhausted;
	}

	/**
	 * Set who is told, on whatever thread, for how many nanoseconds a work was served
	 * without a break.
	 */
	void onServed(LongConsumer onServed) {
		this.onServed = onServed;
	}

	@Override
	public boolean isOpen() {
		return this.free.availablePermits() > 0 && this.places.availablePermits() > 0;
	}

	/**
	 * Wait until there is what a work needs to enter, and take nothing.
	 * @return whether there is
	 */
	boolean await(Duration timeout) throws InterruptedException {
		return isOpen() || (await(this.places, timeout) && await(this.free, timeout));
	}

	private static boolean await(Semaphore semaphore, Duration timeout) throws InterruptedException {
		if (!semaphore.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
			return false;
		}
		semaphore.release();
		return true;
	}

	@Override
	public boolean tryEnter() {
		if (!this.places.tryAcquire()) {
			return false;
		}
		if (!this.free.tryAcquire()) {
			leave();
			return false;
		}
		return true;
	}

	/**
	 * Take what a work needs also if there is none: until enough works are idle or have
	 * ended, none is got.
	 */
	void enterAnyway() {
		this.places.reducePermits(1);
		acquireAnyway();
	}

	@Override
	public void leave() {
		this.places.release();
		this.onRelease.run();
	}

	@Override
	public boolean tryAcquire() {
		boolean acquired = this.free.tryAcquire();
		if (acquired) {
			tellIfExhausted();
		}
		return acquired;
	}

	@Override
	public void acquireAnyway() {
		this.free.reducePermits(1);
		tellIfExhausted();
	}

	@Override
	public void entered() {
		tellIfExhausted();
	}

	private void tellIfExhausted() {
		if (!isOpen()) {
			this.onExhausted.run();
		}
	}

	@Override
	public void served(long nanos) {
		this.onServed.accept(nanos);
	}

	@Override
	public void release() {
		this.free.release();
		this.onRelease.run();
	}

	/**
	 * Change the number of permits.
	 * @param wanted how many there should be, 0 for as many as configured. There are at
	 * least 1, and never more than configured
	 */
	synchronized void resize(int wanted) {
		int next = (wanted <= 0) ? this.configured : Math.min(wanted, this.configured);
		if (next > this.total) {
			this.free.release(next - this.total);
		}
		else {
			this.free.reducePermits(this.total - next);
		}
		this.total = next;
	}

	synchronized int total() {
		return this.total;
	}

	/**
	 * Return how many permits are in use: more than there are, when some were taken away
	 * or works are served anyway.
	 */
	synchronized int used() {
		return this.total - this.free.availablePermits();
	}

	/**
	 * A semaphore whose permits can be taken away while they are in use.
	 */
	private static final class Reducible extends Semaphore {

		private static final long serialVersionUID = 1L;

		Reducible(int permits) {
			super(permits);
		}

		@Override
		protected void reducePermits(int reduction) {
			super.reducePermits(reduction);
		}

	}

}
