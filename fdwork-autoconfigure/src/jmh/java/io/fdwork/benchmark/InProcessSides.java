package io.fdwork.benchmark;

import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

import io.fdwork.descriptor.Descriptor;

/**
 * Both sides of a queue in the heap.
 */
final class InProcessSides implements PutSide, GetSide {

	private final BlockingQueue<Object> queue = new ArrayBlockingQueue<>(DEPTH);

	@Override
	public boolean put() throws InterruptedException {
		return this.queue.offer(new Object(), TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
	}

	@Override
	public boolean get() throws InterruptedException {
		return this.queue.poll(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS) != null;
	}

	@Override
	public List<Descriptor> duplicateForGetSide() {
		throw new UnsupportedOperationException("A queue in the heap leads to no other process");
	}

	@Override
	public GetSide openGetSide() {
		return this;
	}

	@Override
	public void close() {
		this.queue.clear();
	}

}
