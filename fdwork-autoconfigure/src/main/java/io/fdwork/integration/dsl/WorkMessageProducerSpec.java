package io.fdwork.integration.dsl;

import io.fdwork.integration.inbound.WorkMessageProducer;

import org.springframework.integration.dsl.MessageProducerSpec;

/**
 * Specifies a {@link WorkMessageProducer}.
 */
public class WorkMessageProducerSpec extends MessageProducerSpec<WorkMessageProducerSpec, WorkMessageProducer> {

	WorkMessageProducerSpec() {
		super(new WorkMessageProducer());
	}

	/**
	 * Set whether a work that nobody took over ends when the send returns.
	 * @param endOnReturn {@code true} unless set
	 * @return this specification
	 * @see WorkMessageProducer#setEndOnReturn(boolean)
	 */
	public WorkMessageProducerSpec endOnReturn(boolean endOnReturn) {
		this.target.setEndOnReturn(endOnReturn);
		return _this();
	}

}
