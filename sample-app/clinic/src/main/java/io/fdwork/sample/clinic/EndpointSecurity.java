package io.fdwork.sample.clinic;

import io.fdwork.autoconfigure.ConditionalOnRole;
import io.fdwork.autoconfigure.Role;

import org.springframework.boot.security.autoconfigure.actuate.web.servlet.EndpointRequest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.web.SecurityFilterChain;

/**
 * Who may use the endpoints: everybody who reaches the management port, which is bound to
 * the loopback interface. The daemon has nothing of the application but this.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnRole({ Role.DAEMON, Role.WORKER, Role.NONE })
class EndpointSecurity {

	@Bean
	@Order(0)
	SecurityFilterChain endpointsChain(HttpSecurity http) {
		return http.securityMatcher(EndpointRequest.toAnyEndpoint())
			.authorizeHttpRequests((requests) -> requests.anyRequest().permitAll())
			.csrf(AbstractHttpConfigurer::disable)
			.build();
	}

}
