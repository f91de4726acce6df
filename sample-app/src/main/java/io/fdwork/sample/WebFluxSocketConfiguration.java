package io.fdwork.sample;

import java.util.Map;

import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;

/**
 * The WebSocket of the sample on WebFlux: sends back what it gets.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
class WebFluxSocketConfiguration {

	@Bean
	HandlerMapping socketMapping(Closing closing) {
		WebSocketHandler echo = (session) -> session
			.send(session.receive().takeUntilOther(closing.begun()).doOnNext(WebSocketMessage::retain));
		// Before that of resources, which takes every path
		return new SimpleUrlHandlerMapping(Map.of("/ws", echo), -1);
	}

}
