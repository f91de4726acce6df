package io.fdwork.docs.sending;

import io.fdwork.autoconfigure.ConditionalOnRole;
import io.fdwork.autoconfigure.Role;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.integration.FdworkChannels;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.support.GenericMessage;
import org.springframework.stereotype.Component;

/**
 * Puts a descriptor on a queue over the put channel.
 */
@Component
@ConditionalOnRole(Role.DAEMON)
public class ChannelSender {

	private final MessageChannel put;

	ChannelSender(@Qualifier(FdworkChannels.PUT) MessageChannel put) {
		this.put = put;
	}

	/**
	 * Send a descriptor. Waits while the queue is full.
	 * @param descriptor what to send; closed when this returns or throws
	 * @param note a few bytes about it
	 */
	// tag::channel[]
	public void send(Descriptor descriptor, byte[] note) {
		try (descriptor) {
			WorkRequest request = WorkRequest.with(descriptor).queue("files").payload(note).build();
			this.put.send(new GenericMessage<>(request));
		}
	}
	// end::channel[]

}
