package io.fdwork.sample;

import io.fdwork.autoconfigure.ConditionalOnRole;
import io.fdwork.autoconfigure.Role;

import java.util.Map;

import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import org.springframework.web.server.WebFilter;

/**
 * What the sample needs on WebFlux besides its controller.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnRole({ Role.WORKER, Role.NONE })
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
class WebFluxConfiguration {

	/**
	 * Let forms be bodies as any: WebFlux would not give them to {@code /echo}, and curl
	 * says of what it posts that it is one.
	 */
	@Bean
	WebFilter formFilter() {
		return (exchange, chain) -> {
			boolean form = MediaType.APPLICATION_FORM_URLENCODED
				.isCompatibleWith(exchange.getRequest().getHeaders().getContentType());
			return chain.filter((form) ? exchange.mutate()
				.request((request) -> request
					.headers((headers) -> headers.setContentType(MediaType.APPLICATION_OCTET_STREAM)))
				.build() : exchange);
		};
	}

	/**
	 * Send back what comes over the WebSocket.
	 */
	@Bean
	HandlerMapping socketMapping(Closing closing) {
		WebSocketHandler echo = (session) -> session
			.send(session.receive().takeUntilOther(closing.begun()).doOnNext(WebSocketMessage::retain));
		// Before that of resources, which takes every path
		return new SimpleUrlHandlerMapping(Map.of("/ws", echo), -1);
	}

}
