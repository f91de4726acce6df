package io.fdwork.internal.worker;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

import io.fdwork.descriptor.DescriptorTable;
import io.fdwork.worker.WorkerOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a thread get only while the process has descriptors to take what comes. The kernel
 * drops what does not fit into the table of open files, and the connection with it.
 */
final class DescriptorReserve {

	private static final Logger logger = LoggerFactory.getLogger(DescriptorReserve.class);

	/**
	 * How many descriptors a message may bring, and a few for who opens one meanwhile.
	 */
	private static final int PER_MESSAGE = WorkerOptions.MIN_DESCRIPTOR_RESERVE;

	/**
	 * Nobody tells when a descriptor is closed.
	 */
	private static final Duration CHECK_INTERVAL = Duration.ofMillis(100);

	private final int reserve;

	private final WorkerCounters counters;

	private final LongSupplier estimateFree;

	private final LongSupplier measureFree;

	private final AtomicInteger inside = new AtomicInteger();

	private volatile int waiting;

	private volatile boolean exhausted;

	DescriptorReserve(int reserve, WorkerCounters counters) {
		this(reserve, counters, DescriptorTable::estimateFree, DescriptorTable::measureFree);
	}

	/**
	 * Create a reserve.
	 * @param reserve how many descriptors are left to the rest of the process
	 * @param counters are told when nobody may get
	 * @param estimateFree about how many descriptors are free, at no cost
	 * @param measureFree how many are free
	 */
	DescriptorReserve(int reserve, WorkerCounters counters, LongSupplier estimateFree, LongSupplier measureFree) {
		this.reserve = reserve;
		this.counters = counters;
		this.estimateFree = estimateFree;
		this.measureFree = measureFree;
	}

	/**
	 * Go in to get, if there is room for what comes, besides what comes to those who are
	 * inside already.
	 * @return whether the caller is inside, and must leave
	 */
	boolean enter(Duration timeout) throws InterruptedException {
		if (this.estimateFree.getAsLong() >= needed(this.inside.getAndIncrement())) {
			if (this.exhausted) {
				resume();
			}
			return true;
		}
		this.inside.decrementAndGet();
		return enterLastRoom(timeout);
	}

	private long needed(int others) {
		return this.reserve + (long) others * PER_MESSAGE;
	}

	private synchronized boolean enterLastRoom(Duration timeout) throws InterruptedException {
		// Before it looks, so that nobody leaves unnoticed
		this.waiting++;
		try {
			int others = this.inside.get();
			long free = this.measureFree.getAsLong();
			if (free >= needed(others)) {
				this.inside.incrementAndGet();
				resume();
				return true;
			}
			if (free < this.reserve) {
				pause(free);
			}
			Duration patience = (this.exhausted) ? CHECK_INTERVAL : timeout;
			TimeUnit.NANOSECONDS.timedWait(this, Math.min(patience.toNanos(), timeout.toNanos()));
			return false;
		}
		finally {
			this.waiting--;
		}
	}

	/**
	 * Return whether nobody may get for want of descriptors.
	 */
	boolean isExhausted() {
		return this.exhausted;
	}

	void leave() {
		this.inside.decrementAndGet();
		if (this.waiting > 0) {
			synchronized (this) {
				notify();
			}
		}
	}

	private synchronized void pause(long free) {
		if (!this.exhausted) {
			this.exhausted = true;
			if (this.counters.paused()) {
				logger.warn(
						"Only {} of {} descriptors are free: getting nothing until there are {}. Raise ulimit -n, or "
								+ "end what keeps them open. Logged once; see the meter fdwork.worker.pauses",
						free, DescriptorTable.limit(), this.reserve);
			}
		}
	}

	private synchronized void resume() {
		if (this.exhausted) {
			this.exhausted = false;
			this.counters.resumed();
		}
	}

}
