package io.fdwork.autoconfigure;

import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.web.cors.CorsConfigurationSource;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;
import org.springframework.web.cors.reactive.PreFlightRequestHandler;

/**
 * What Spring Security wants of the web framework, which a lean daemon has for its
 * endpoints alone: as there, no other origin may ask. The endpoints have their own
 * configuration of that.
 */
@Configuration(proxyBeanMethods = false)
class LeanSecurityConfiguration {

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	@ConditionalOnClass(name = "org.springframework.security.web.SecurityFilterChain")
	static class Servlet {

		@Bean
		@ConditionalOnMissingBean
		CorsConfigurationSource corsConfigurationSource() {
			return new UrlBasedCorsConfigurationSource();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
	@ConditionalOnClass(name = "org.springframework.security.web.server.SecurityWebFilterChain")
	static class Reactive {

		@Bean
		@ConditionalOnMissingBean
		PreFlightRequestHandler fdworkPreFlightRequestHandler() {
			return (exchange) -> {
				exchange.getResponse().setStatusCode(HttpStatus.FORBIDDEN);
				return Mono.empty();
			};
		}

	}

}
