package io.fdwork.integration.dsl;

import java.time.Duration;

import io.fdwork.integration.inbound.RequestMessageProducer;

import org.springframework.integration.dsl.MessageProducerSpec;

/**
 * Specifies a {@link RequestMessageProducer}.
 */
public class RequestMessageProducerSpec
		extends MessageProducerSpec<RequestMessageProducerSpec, RequestMessageProducer> {

	RequestMessageProducerSpec(Duration putTimeout) {
		super(new RequestMessageProducer(putTimeout));
	}

}
