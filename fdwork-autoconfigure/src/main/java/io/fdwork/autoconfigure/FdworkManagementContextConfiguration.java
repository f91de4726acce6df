package io.fdwork.autoconfigure;

import io.fdwork.internal.actuate.BrowserRules;
import io.fdwork.internal.actuate.FdworkEndpoint;
import io.fdwork.internal.actuate.ReactiveBrowserFilter;
import io.fdwork.internal.actuate.ServletBrowserFilter;
import jakarta.servlet.Filter;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication.Type;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.server.WebFilter;

/**
 * What the management server of a daemon has besides the endpoint: whom that obeys.
 */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
@ConditionalOnRole(Role.DAEMON)
@ConditionalOnBean(FdworkEndpoint.class)
final class FdworkManagementContextConfiguration {

	@Bean
	BrowserRules fdworkBrowserRules(ObjectProvider<PathMappedEndpoints> endpoints, FdworkProperties properties) {
		EndpointId id = EndpointId.of("fdwork");
		return new BrowserRules(() -> endpoints.stream()
			.map((mapped) -> mapped.getPath(id))
			.filter((path) -> path != null)
			.findFirst()
			.orElse(null), properties.getDaemon().getPage().getHosts());
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(Filter.class)
	@ConditionalOnWebApplication(type = Type.SERVLET)
	static class ServletConfiguration {

		@Bean
		ServletBrowserFilter fdworkServletBrowserFilter(BrowserRules rules) {
			return new ServletBrowserFilter(rules);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(WebFilter.class)
	@ConditionalOnWebApplication(type = Type.REACTIVE)
	static class ReactiveConfiguration {

		@Bean
		ReactiveBrowserFilter fdworkReactiveBrowserFilter(BrowserRules rules) {
			return new ReactiveBrowserFilter(rules);
		}

	}

}
