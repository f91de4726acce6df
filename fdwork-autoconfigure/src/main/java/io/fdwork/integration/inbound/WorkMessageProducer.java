package io.fdwork.integration.inbound;

import java.util.function.Consumer;

import io.fdwork.Work;
import io.fdwork.integration.event.WorkDroppedEvent;
import io.fdwork.internal.queue.GotWork;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.ApplicationContext;
import org.springframework.integration.MessageRejectedException;
import org.springframework.integration.endpoint.MessageProducerSupport;
import org.springframework.messaging.Message;
import org.springframework.messaging.support.GenericMessage;

/**
 * Sends each work as a message, on the thread that got it.
 * <p>
 * The work ends when the send returns, unless an endpoint took it over or
 * {@link #setEndOnReturn} is {@code false}. When the channel refuses the message or a
 * filter throws on rejection, the work is dropped (closed, counted, published as a
 * {@link WorkDroppedEvent}); when an endpoint on this thread throws, it goes to the error
 * channel if there is one, and fails.
 */
public class WorkMessageProducer extends MessageProducerSupport implements Consumer<Work> {

	private static final Logger logger = LoggerFactory.getLogger(WorkMessageProducer.class);

	private boolean endOnReturn = true;

	/**
	 * Set whether a work that nobody took over ends when the send returns. A flow that
	 * goes on over another thread sets this to {@code false} and ends each work itself.
	 * @param endOnReturn {@code true} unless set
	 */
	public void setEndOnReturn(boolean endOnReturn) {
		this.endOnReturn = endOnReturn;
	}

	@Override
	public String getComponentType() {
		return "fdwork:work-inbound-channel-adapter";
	}

	@Override
	public void accept(Work work) {
		if (!this.endOnReturn) {
			work.takeOver();
		}
		Message<Work> message = toMessage(work);
		try {
			if (!getRequiredOutputChannel().send(message)) {
				drop(work, "The channel refused it", null);
			}
		}
		catch (RuntimeException ex) {
			onError(message, ex);
		}
	}

	private void onError(Message<Work> message, RuntimeException failure) {
		Work work = message.getPayload();
		boolean handled = false;
		try {
			handled = sendErrorMessageIfNecessary(message, failure);
		}
		catch (RuntimeException ex) {
			logger.debug("No error channel took the failure of {}", work, ex);
		}
		if (isRejection(failure)) {
			drop(work, "A filter rejected it", failure);
		}
		else {
			work.fail();
			if (!handled) {
				logger.error("An endpoint failed for {}", work, failure);
			}
		}
	}

	private static boolean isRejection(Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof MessageRejectedException) {
				return true;
			}
		}
		return false;
	}

	private Message<Work> toMessage(Work work) {
		return new GenericMessage<>(work,
				Headers.of(work.id(), work.queue(), work.remoteAddress(), work.localAddress()));
	}

	private void drop(Work work, String reason, @Nullable Throwable cause) {
		GotWork.of(work).drop();
		ApplicationContext context = getApplicationContext();
		if (context != null) {
			context.publishEvent(new WorkDroppedEvent(this, work, reason, cause));
		}
	}

}
