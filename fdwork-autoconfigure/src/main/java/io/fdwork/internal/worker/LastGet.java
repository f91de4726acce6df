package io.fdwork.internal.worker;

import java.time.Duration;
import java.util.Collection;

import io.fdwork.internal.queue.KernelQueue;

/**
 * The end of all gets of a worker that drains. For one thread.
 */
final class LastGet {

	/**
	 * How long to wait for who gets: one that is not woken looks as often, and one that
	 * serves what it has got gets nothing meanwhile.
	 */
	private static final Duration PATIENCE = KernelQueue.GET_TIMEOUT.multipliedBy(2);

	private final Collection<QueueService> services;

	private final Gate gate;

	LastGet(Collection<QueueService> services, Gate gate) {
		this.services = services;
		this.gate = gate;
	}

	/**
	 * Let all end that get, without waiting for them.
	 * @param accepted whether the application has accepted traffic: if it never did,
	 * nothing is got now either
	 * @param disconnected whether there is no daemon
	 */
	void begin(boolean accepted, boolean disconnected) {
		if (!accepted) {
			this.services.forEach(QueueService::stopAll);
			return;
		}
		// Without a daemon this may be the last process that holds the
		// queues, and an application that ends may refuse already
		this.services.forEach((disconnected) ? QueueService::stopWhenEmpty : QueueService::stop);
		this.gate.openForGood();
		this.services.forEach(QueueService::wake);
	}

	/**
	 * Wait until nothing is got any more.
	 * @param deadlineNanos until when to wait
	 * @param draining tells who serves that all ends, when nothing more comes of the
	 * queues that other workers get from. What is left in those of a daemon that has gone
	 * may come later
	 */
	void await(long deadlineNanos, Runnable draining) {
		boolean interrupted = false;
		try {
			long told = Math.min(deadlineNanos, System.nanoTime() + PATIENCE.toNanos());
			for (QueueService service : this.services) {
				service.awaitStopping(told);
			}
		}
		catch (InterruptedException ex) {
			interrupted = true;
		}
		draining.run();
		try {
			if (!interrupted) {
				for (QueueService service : this.services) {
					service.awaitStopped(deadlineNanos);
				}
			}
		}
		catch (InterruptedException ex) {
			interrupted = true;
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

}
