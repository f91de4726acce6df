package io.fdwork.internal.integration;

import org.springframework.integration.channel.DirectChannel;
import org.springframework.integration.support.management.metrics.MetricsCaptor;

/**
 * The put or the get channel: a direct channel without a timer of its own, as the queue
 * and the worker count and time the same already.
 */
public class WorkChannel extends DirectChannel {

	@Override
	public void registerMetricsCaptor(MetricsCaptor captor) {
		// See the type
	}

}
