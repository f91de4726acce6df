package io.fdwork.docs.web;

import io.fdwork.autoconfigure.ConditionalOnRole;
import io.fdwork.autoconfigure.Role;

import org.springframework.boot.security.autoconfigure.actuate.web.servlet.EndpointRequest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.web.SecurityFilterChain;

/**
 * In an application on MVC: who may operate the daemon, without the token that a form
 * has.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnRole({ Role.DAEMON, Role.WORKER, Role.NONE })
public class EndpointSecurity {

	// tag::chain[]
	@Bean
	@Order(0)
	SecurityFilterChain operatorsChain(HttpSecurity http) {
		return http.securityMatcher(EndpointRequest.to("fdwork"))
			.authorizeHttpRequests((requests) -> requests.anyRequest().authenticated())
			.httpBasic(Customizer.withDefaults())
			.csrf(AbstractHttpConfigurer::disable)
			.build();
	}
	// end::chain[]

}
