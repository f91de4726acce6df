package io.fdwork.docs.web;

import io.fdwork.autoconfigure.ConditionalOnRole;
import io.fdwork.autoconfigure.Role;

import org.springframework.boot.security.autoconfigure.actuate.web.reactive.EndpointRequest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;

/**
 * In an application on WebFlux: who may operate the daemon, without the token that a form
 * has.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnRole({ Role.DAEMON, Role.WORKER, Role.NONE })
public class ReactiveEndpointSecurity {

	// tag::chain[]
	@Bean
	@Order(0)
	SecurityWebFilterChain operatorsChain(ServerHttpSecurity http) {
		return http.securityMatcher(EndpointRequest.to("fdwork"))
			.authorizeExchange((exchanges) -> exchanges.anyExchange().authenticated())
			.httpBasic(Customizer.withDefaults())
			.csrf(ServerHttpSecurity.CsrfSpec::disable)
			.build();
	}
	// end::chain[]

}
