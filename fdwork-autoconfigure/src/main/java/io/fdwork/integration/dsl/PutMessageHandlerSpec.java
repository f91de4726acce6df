package io.fdwork.integration.dsl;

import io.fdwork.integration.outbound.PutMessageHandler;
import io.fdwork.queue.KernelQueues;

import org.springframework.integration.dsl.MessageHandlerSpec;

/**
 * Specifies a {@link PutMessageHandler}.
 */
public class PutMessageHandlerSpec extends MessageHandlerSpec<PutMessageHandlerSpec, PutMessageHandler> {

	PutMessageHandlerSpec(KernelQueues queues) {
		this.target = new PutMessageHandler(queues);
	}

}
