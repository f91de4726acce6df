package io.fdwork.autoconfigure;

import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.web.servlet.mvc.support.DefaultHandlerExceptionResolver;

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

	/**
	 * What the management server has from MVC, which is not there: without it a path that
	 * does not exist would be an error of the server.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(DefaultHandlerExceptionResolver.class)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	static class MvcConfiguration {

		@Bean
		DefaultHandlerExceptionResolver fdworkExceptionResolver() {
			return new DefaultHandlerExceptionResolver();
		}

	}

}
