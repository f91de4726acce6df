package io.fdwork.autoconfigure;

import io.fdwork.internal.serve.warmup.ServletWarmUp;
import io.fdwork.internal.worker.WarmUpKey;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter;

/**
 * The warm-up of an application with MVC.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(DispatcherServlet.class)
@ConditionalOnServingWebServer
class ServletWarmUpConfiguration {

	@Bean
	WarmUpKey fdworkWarmUpKey() {
		return new WarmUpKey();
	}

	@Bean
	ServletWarmUp fdworkServletWarmUp(WarmUpKey fdworkWarmUpKey,
			ObjectProvider<RequestMappingHandlerAdapter> adapters) {
		return new ServletWarmUp(fdworkWarmUpKey,
				() -> adapters.orderedStream()
					.findFirst()
					.orElseGet(RequestMappingHandlerAdapter::new)
					.getMessageConverters());
	}

}
