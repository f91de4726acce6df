package io.fdwork.worker;

import java.util.concurrent.Semaphore;

/**
 * The permits to have works of one queue in hand, whose number can be changed at any time.
 * Taking permits away disturbs no work: there are none for new ones until enough have
 * ended.
 */
final class Permits extends Semaphore {

	private static final long serialVersionUID = 1L;

	private final int configured;

	private int total;

	Permits(int configured) {
		super(configured);
		this.configured = configured;
		this.total = configured;
	}

	/**
	 * Change the number of permits.
	 * @param wanted how many there should be, 0 for as many as configured. There are at
	 * least 1, and never more than configured
	 */
	synchronized void resize(int wanted) {
		int next = (wanted <= 0) ? this.configured : Math.min(wanted, this.configured);
		if (next > this.total) {
			release(next - this.total);
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
