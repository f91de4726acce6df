package io.fdwork.autoconfigure;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

/**
 * What a lean daemon is made of in place of the application.
 */
@Configuration(proxyBeanMethods = false)
@Import(LeanImportSelector.class)
class LeanConfiguration {

	static final String BEAN_NAME = "fdworkLeanConfiguration";

	@Bean
	static EndpointGuard fdworkEndpointGuard(Environment environment) {
		return new EndpointGuard(environment);
	}

}
