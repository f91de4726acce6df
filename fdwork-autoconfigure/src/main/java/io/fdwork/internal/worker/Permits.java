package io.fdwork.internal.worker;

import java.util.concurrent.Semaphore;

import io.fdwork.internal.queue.WorkPermits;

/**
 * The permits to have works of one queue in hand, whose number can be changed at any
 * time. Taking permits away disturbs no work: there are none for new ones until enough
 * have ended.
 */
final class Permits extends Semaphore implements WorkPermits {

	private static final long serialVersionUID = 1L;

	private final int configured;

	private int total;

	private volatile Runnable onRelease = () -> {
	};

	Permits(int configured) {
		super(configured);
		this.configured = configured;
		this.total = configured;
	}

	/**
	 * Set who is told, on whatever thread, when there is one more.
	 */
	void onRelease(Runnable onRelease) {
		this.onRelease = onRelease;
	}

	@Override
	public void release() {
		super.release();
		this.onRelease.run();
	}

	@Override
	public void acquireAnyway() {
		reducePermits(1);
	}

	/**
	 * Give one back that was not used. Nobody is told: who lacks something else takes one
	 * and gives it back each time that it looks, and would wake itself for ever.
	 */
	void giveBack() {
		super.release();
	}

	/**
	 * Change the number of permits.
	 * @param wanted how many there should be, 0 for as many as configured. There are at
	 * least 1, and never more than configured
	 */
	synchronized void resize(int wanted) {
		int next = (wanted <= 0) ? this.configured : Math.min(wanted, this.configured);
		if (next > this.total) {
			super.release(next - this.total);
		}
		else {
			reducePermits(this.total - next);
		}
		this.total = next;
	}

	synchronized int total() {
		return this.total;
	}

}
