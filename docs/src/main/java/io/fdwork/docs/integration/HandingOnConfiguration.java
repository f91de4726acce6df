package io.fdwork.docs.integration;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;

import io.fdwork.Work;
import io.fdwork.integration.FdworkChannels;
import io.fdwork.integration.dsl.Fdwork;
import io.fdwork.integration.dsl.WorkMessageProducerSpec;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.messaging.Message;

/**
 * In a worker: a flow that goes on over another thread and ends each work itself.
 */
@Configuration(proxyBeanMethods = false)
public class HandingOnConfiguration {

	// tag::handing-on[]
	@Bean
	WorkMessageProducerSpec works() {
		return Fdwork.workInboundChannelAdapter()
			.outputChannel(FdworkChannels.GET)
			.errorChannel("failedWorkChannel")
			.endOnReturn(false);
	}

	@Bean
	IntegrationFlow handOn(@Qualifier("servingThreads") Executor servingThreads) {
		return IntegrationFlow.from(FdworkChannels.GET)
			.channel((channels) -> channels.executor(servingThreads))
			.handle(HandingOnConfiguration::serve)
			.get();
	}

	private static void serve(Message<?> message) {
		Work work = (Work) message.getPayload();
		try {
			work.channel().write(ByteBuffer.wrap("Hello\n".getBytes(StandardCharsets.UTF_8)));
			work.close();
		}
		catch (Exception ex) {
			work.fail();
		}
	}
	// end::handing-on[]

	@Bean
	IntegrationFlow failures() {
		return IntegrationFlow.from("failedWorkChannel").nullChannel();
	}

}
