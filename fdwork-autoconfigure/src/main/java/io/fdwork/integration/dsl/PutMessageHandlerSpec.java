package io.fdwork.integration.dsl;

import io.fdwork.WorkQueue;
import io.fdwork.integration.outbound.PutMessageHandler;

import org.springframework.integration.dsl.MessageHandlerSpec;

/**
 * Specifies a {@link PutMessageHandler}.
 */
public class PutMessageHandlerSpec extends MessageHandlerSpec<PutMessageHandlerSpec, PutMessageHandler> {

	PutMessageHandlerSpec() {
		this.target = new PutMessageHandler();
	}

	/**
	 * Set where requests are put.
	 * @param queue the put side; the {@link WorkQueue} bean unless set
	 * @return this specification
	 * @see PutMessageHandler#setQueue(WorkQueue)
	 */
	public PutMessageHandlerSpec queue(WorkQueue queue) {
		this.target.setQueue(queue);
		return _this();
	}

}
