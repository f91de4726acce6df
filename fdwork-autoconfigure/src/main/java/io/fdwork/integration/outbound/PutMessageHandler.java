package io.fdwork.integration.outbound;

import io.fdwork.WorkQueueException;
import io.fdwork.WorkRequest;
import io.fdwork.integration.FdworkHeaders;
import io.fdwork.queue.KernelQueue;
import io.fdwork.queue.KernelQueues;

import org.springframework.integration.handler.AbstractMessageHandler;
import org.springframework.integration.support.management.metrics.MetricsCaptor;
import org.springframework.messaging.Message;

/**
 * Puts the {@link WorkRequest} in a message on the queue that the header {@link
 * FdworkHeaders#QUEUE} names, or the request if there is no such header. Waits while the
 * queue is full, so it wants a platform thread. When it throws, the request is as it was
 * and still its sender's.
 */
public class PutMessageHandler extends AbstractMessageHandler {

	private final KernelQueues queues;

	/**
	 * Create a handler.
	 * @param queues the queues of the daemon
	 */
	public PutMessageHandler(KernelQueues queues) {
		this.queues = queues;
	}

	@Override
	public String getComponentType() {
		return "fdwork:outbound-channel-adapter";
	}

	@Override
	public void registerMetricsCaptor(MetricsCaptor captor) {
		// Waiting for room is counted by the queue; timing each put again would cost more than it tells
	}

	@Override
	protected void handleMessageInternal(Message<?> message) {
		if (!(message.getPayload() instanceof WorkRequest request)) {
			throw new IllegalArgumentException(
					"The payload is a " + message.getPayload().getClass().getName() + " instead of a WorkRequest");
		}
		String name = message.getHeaders().get(FdworkHeaders.QUEUE, String.class);
		if (name == null || name.equals(request.queue())) {
			this.queues.put(request);
			return;
		}
		KernelQueue queue = this.queues.find(name);
		if (queue == null) {
			throw new WorkQueueException(
					"The header " + FdworkHeaders.QUEUE + " names queue '" + name + "', there are " + this.queues.names());
		}
		queue.put(request, Long.MAX_VALUE);
	}

}
