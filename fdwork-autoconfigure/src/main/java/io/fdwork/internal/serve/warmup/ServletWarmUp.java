package io.fdwork.internal.serve.warmup;

import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Supplier;

import io.fdwork.internal.worker.WarmUpKey;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.context.support.StaticApplicationContext;
import org.springframework.core.PriorityOrdered;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter;

/**
 * Answers the requests of a warm-up with what MVC calls controllers with, and the
 * converters of the application, but without its filters, controllers and meters.
 */
public final class ServletWarmUp implements ServletContextInitializer, PriorityOrdered {

	private static final Logger logger = LoggerFactory.getLogger(ServletWarmUp.class);

	private final WarmUpKey key;

	private final Supplier<RequestMappingHandlerAdapter> adapter;

	/**
	 * Create what answers.
	 * @param key tells the requests of a warm-up
	 * @param converters the converters of the application, asked for when the first comes
	 */
	public ServletWarmUp(WarmUpKey key, Supplier<List<HttpMessageConverter<?>>> converters) {
		this.key = key;
		this.adapter = SingletonSupplier.of(() -> adapter(converters.get()));
	}

	private static RequestMappingHandlerAdapter adapter(List<HttpMessageConverter<?>> converters) {
		// In its own it has no advice of the application
		StaticApplicationContext context = new StaticApplicationContext();
		context.refresh();
		RequestMappingHandlerAdapter adapter = new RequestMappingHandlerAdapter();
		adapter.setApplicationContext(context);
		adapter.setBeanFactory(context.getBeanFactory());
		adapter.setMessageConverters(converters);
		adapter.afterPropertiesSet();
		return adapter;
	}

	@Override
	public void onStartup(ServletContext context) {
		this.key.below(context.getContextPath());
		FilterRegistration.Dynamic registration = context.addFilter("fdworkWarmUp", new WarmUpFilter());
		if (registration != null) {
			registration.setAsyncSupported(true);
			registration.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
		}
	}

	/**
	 * Before all filters of the application.
	 */
	@Override
	public int getOrder() {
		return HIGHEST_PRECEDENCE;
	}

	private final class WarmUpFilter implements Filter {

		@Override
		public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
				throws IOException, ServletException {
			if (ServletWarmUp.this.key.isUsed() && request instanceof HttpServletRequest httpRequest
					&& response instanceof HttpServletResponse httpResponse
					&& ServletWarmUp.this.key.isIn(httpRequest.getHeader(WarmUpKey.HEADER))) {
				answer(httpRequest, httpResponse);
			}
			else {
				chain.doFilter(request, response);
			}
		}

		private void answer(HttpServletRequest request, HttpServletResponse response) {
			try {
				ServletWarmUp.this.adapter.get().handle(request, response, WarmUpMethods.of(request.getMethod()));
			}
			catch (Exception ex) {
				// Without a converter for JSON, for instance. The server answers anyway
				logger.debug("{} has warmed up less than it could", request.getRequestURI(), ex);
			}
		}

	}

}
