package io.fdwork.autoconfigure;

import io.fdwork.daemon.DaemonOptions;
import io.fdwork.integration.FdworkChannels;
import io.fdwork.integration.inbound.RequestMessageProducer;
import io.fdwork.integration.outbound.PutMessageHandler;
import io.fdwork.internal.integration.WorkChannel;

import org.springframework.context.ApplicationContext;
import org.springframework.integration.endpoint.EventDrivenConsumer;
import org.springframework.messaging.MessageChannel;

/**
 * The way of accepted requests to their queues.
 */
final class PutPath {

	private PutPath() {
	}

	/**
	 * Return whether requests go straight to their queues: nothing that the application
	 * has defined sees them, and could decide about them. To be asked when the endpoints
	 * have started.
	 */
	static boolean isStraight(ApplicationContext context, RequestMessageProducer producer) {
		MessageChannel output = producer.getOutputChannel();
		return producer.getClass() == RequestMessageProducer.class && output instanceof WorkChannel channel
				&& context.getBean(FdworkChannels.PUT) == channel && channel.getInterceptors().isEmpty()
				&& channel.getSubscriberCount() == 1
				&& context.getBean("fdworkPutEndpoint") instanceof EventDrivenConsumer endpoint
				&& endpoint.getInputChannel() == channel && endpoint.getHandler().getClass() == PutMessageHandler.class;
	}

	/**
	 * Refuse listeners that workers accept from, where what they accept would pass by
	 * something of the application.
	 * @param straight whether requests go straight to their queues
	 */
	static void checkAcceptedByWorkers(DaemonOptions options, boolean straight) {
		for (int i = 0; i < options.getListeners().size(); i++) {
			DaemonOptions.AcceptedBy acceptedBy = options.getListeners().get(i).acceptedBy();
			InvalidFdworkPropertyException.check(straight || acceptedBy == DaemonOptions.AcceptedBy.DAEMON,
					"fdwork.daemon.listeners[" + i + "].accepted-by", acceptedBy,
					"daemon, as this application has a flow, an interceptor, a subscriber or a bean of its own between "
							+ "the listener and the queue, which sees nothing of what workers accept; or remove that");
		}
	}

}
