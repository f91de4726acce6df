package io.fdwork.integration.dsl;

import java.time.Duration;

/**
 * Factory of the adapters of fdwork for the Java DSL.
 */
public final class Fdwork {

	private Fdwork() {
	}

	/**
	 * Create the adapter that sends the accepted requests of a daemon. As a bean it
	 * replaces the auto-configured one.
	 * @param putTimeout how long a request may be on its way between endpoints before it
	 * counts as dropped
	 * @return the specification
	 */
	public static RequestMessageProducerSpec requestInboundChannelAdapter(Duration putTimeout) {
		return new RequestMessageProducerSpec(putTimeout);
	}

	/**
	 * Create the adapter that puts requests on the queues of a daemon.
	 * @return the specification
	 */
	public static PutMessageHandlerSpec outboundChannelAdapter() {
		return new PutMessageHandlerSpec();
	}

	/**
	 * Create the adapter that sends the works of a worker. As a bean it replaces the
	 * auto-configured one.
	 * @return the specification
	 */
	public static WorkMessageProducerSpec workInboundChannelAdapter() {
		return new WorkMessageProducerSpec();
	}

}
