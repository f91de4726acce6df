package io.fdwork.docs.integration;

import java.net.InetSocketAddress;

import io.fdwork.autoconfigure.ConditionalOnRole;
import io.fdwork.autoconfigure.Role;
import io.fdwork.WorkRequest;
import io.fdwork.integration.FdworkChannels;
import io.fdwork.integration.FdworkHeaders;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.integration.dsl.IntegrationFlow;

/**
 * In the daemon: chooses the queue of a connection.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnRole(Role.DAEMON)
public class RoutingConfiguration {

	// tag::routing[]
	@Bean
	IntegrationFlow chooseQueue() {
		return IntegrationFlow.from("acceptedChannel")
			.enrichHeaders((headers) -> headers.headerFunction(FdworkHeaders.QUEUE, (message) -> {
				WorkRequest request = (WorkRequest) message.getPayload();
				InetSocketAddress client = request.remoteAddress();
				boolean local = client != null && client.getAddress().isLoopbackAddress();
				return (local) ? "internal" : WorkRequest.DEFAULT_QUEUE;
			}, true))
			.channel(FdworkChannels.PUT)
			.get();
	}
	// end::routing[]

}
