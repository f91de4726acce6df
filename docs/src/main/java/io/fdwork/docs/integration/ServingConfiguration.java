package io.fdwork.docs.integration;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import io.fdwork.Work;
import io.fdwork.integration.FdworkChannels;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.integration.dsl.IntegrationFlow;

/**
 * In a worker: a flow that serves, instead of a handler bean.
 */
@Configuration(proxyBeanMethods = false)
public class ServingConfiguration {

	// tag::serving[]
	@Bean
	IntegrationFlow serve() {
		return IntegrationFlow.from(FdworkChannels.GET).handle((message) -> greet((Work) message.getPayload())).get();
	}

	private static void greet(Work work) {
		try {
			work.channel().write(ByteBuffer.wrap("Hello\n".getBytes(StandardCharsets.UTF_8)));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}
	// end::serving[]

}
