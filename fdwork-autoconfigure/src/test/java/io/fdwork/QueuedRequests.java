package io.fdwork;

import java.util.function.BooleanSupplier;

import io.fdwork.internal.daemon.RequestSink;
import io.fdwork.internal.queue.KernelQueues;

/**
 * A sink that puts what it gets.
 *
 * @param queues where to
 */
public record QueuedRequests(KernelQueues queues) implements RequestSink {

	@Override
	public boolean awaitRoom(String queue, BooleanSupplier goOn) {
		return this.queues.awaitRoom(queue, goOn);
	}

	@Override
	public void accept(WorkRequest request) {
		this.queues.put(request);
	}

	@Override
	public long dropped() {
		return 0;
	}

}
