package io.fdwork.autoconfigure;

import jakarta.servlet.http.HttpSessionListener;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.server.session.DefaultWebSessionManager;

/**
 * What notes that a worker keeps HTTP sessions in its memory.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnRole(Role.WORKER)
@ConditionalOnWebApplication
class SessionsConfiguration {

	@Bean
	MemorySessions fdworkMemorySessions() {
		return new MemorySessions();
	}

	/**
	 * Those of a servlet container.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(HttpSessionListener.class)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	static class ServletConfiguration {

		@Bean
		HttpSessionListener fdworkServletSessions(MemorySessions sessions, ListableBeanFactory beans) {
			return new ServletSessions(sessions, beans);
		}

	}

	/**
	 * Those of WebFlux.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(DefaultWebSessionManager.class)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
	static class ReactiveConfiguration {

		@Bean
		static ReactiveSessions fdworkReactiveSessions(ObjectProvider<MemorySessions> sessions) {
			return new ReactiveSessions(sessions::getObject);
		}

	}

}
