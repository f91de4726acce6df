package io.fdwork.sample.netty;

import java.io.IOException;
import java.util.Objects;

import io.fdwork.Work;
import io.fdwork.WorkRequest;
import io.fdwork.autoconfigure.ConditionalOnRole;
import io.fdwork.autoconfigure.Role;
import io.fdwork.integration.FdworkChannels;
import io.fdwork.sample.Journal;
import io.fdwork.sample.SampleProperties;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.integration.config.GlobalChannelInterceptor;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.messaging.support.ChannelInterceptor;

/**
 * The journal and what fills it on the channels, in whichever role.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnRole({ Role.DAEMON, Role.WORKER, Role.NONE })
@ConditionalOnProperty("sample.journal")
@EnableConfigurationProperties(SampleProperties.class)
class JournalConfiguration {

	@Bean
	Journal journal(SampleProperties properties) throws IOException {
		return new Journal(Objects.requireNonNull(properties.journal()));
	}

	@Bean
	@GlobalChannelInterceptor(patterns = { FdworkChannels.PUT, FdworkChannels.GET })
	ChannelInterceptor journalInterceptor(Journal journal) {
		return new JournalInterceptor(journal);
	}

	/**
	 * Writes down what passes the put and the get channel.
	 */
	private record JournalInterceptor(Journal journal) implements ChannelInterceptor {

		@Override
		public Message<?> preSend(Message<?> message, MessageChannel channel) {
			if (message.getPayload() instanceof WorkRequest request) {
				this.journal.write(Journal.Step.ACCEPTED, request.id(), request.remoteAddress());
			}
			else if (message.getPayload() instanceof Work work) {
				this.journal.write(Journal.Step.GOT, work.id(), work.remoteAddress());
			}
			return message;
		}

		@Override
		public void postSend(Message<?> message, MessageChannel channel, boolean sent) {
			if (message.getPayload() instanceof WorkRequest request && request.state() == WorkRequest.State.PUT) {
				this.journal.write(Journal.Step.PUT, request.id(), request.remoteAddress());
			}
		}

	}

}
