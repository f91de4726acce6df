package io.fdwork.integration.outbound;

import io.fdwork.WorkQueue;
import io.fdwork.WorkRequest;
import io.fdwork.integration.FdworkHeaders;
import org.jspecify.annotations.Nullable;

import org.springframework.integration.handler.AbstractMessageHandler;
import org.springframework.integration.support.management.metrics.MetricsCaptor;
import org.springframework.messaging.Message;
import org.springframework.util.Assert;

/**
 * Puts the {@link WorkRequest} in a message on the queue that the header
 * {@link FdworkHeaders#QUEUE} names, or the request if there is no such header. Waits
 * while the queue is full, so it wants a platform thread. When it throws, the request is
 * as it was and still its sender's.
 */
public class PutMessageHandler extends AbstractMessageHandler {

	private @Nullable WorkQueue queue;

	/**
	 * Set where requests are put.
	 * @param queue the put side; the {@link WorkQueue} bean unless set
	 */
	public void setQueue(WorkQueue queue) {
		this.queue = queue;
	}

	@Override
	protected void onInit() {
		super.onInit();
		if (this.queue == null) {
			this.queue = getBeanFactory().getBean(WorkQueue.class);
		}
	}

	@Override
	public String getComponentType() {
		return "fdwork:outbound-channel-adapter";
	}

	@Override
	public void registerMetricsCaptor(MetricsCaptor captor) {
		// Waiting for room is counted by the queue; timing each
		// put again would cost more than it tells
	}

	@Override
	protected void handleMessageInternal(Message<?> message) {
		if (!(message.getPayload() instanceof WorkRequest request)) {
			throw new IllegalArgumentException(
					"The payload is a " + message.getPayload().getClass().getName() + " instead of a WorkRequest");
		}
		WorkQueue queue = this.queue;
		Assert.state(queue != null, "The handler is not initialized: it is no bean and has no queue set");
		String name = message.getHeaders().get(FdworkHeaders.QUEUE, String.class);
		if (name == null || name.equals(request.queue())) {
			queue.put(request);
		}
		else {
			queue.putOn(name, request);
		}
	}

}
