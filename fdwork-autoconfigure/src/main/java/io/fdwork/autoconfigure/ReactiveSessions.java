package io.fdwork.autoconfigure;

import java.util.List;
import java.util.function.Supplier;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.session.DefaultWebSessionManager;
import org.springframework.web.server.session.InMemoryWebSessionStore;
import org.springframework.web.server.session.WebSessionIdResolver;

/**
 * Notes the sessions that WebFlux makes and keeps in memory: it tells the client the id
 * of each.
 */
final class ReactiveSessions implements BeanPostProcessor {

	private final Supplier<MemorySessions> sessions;

	ReactiveSessions(Supplier<MemorySessions> sessions) {
		this.sessions = sessions;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String name) {
		if (bean instanceof DefaultWebSessionManager manager
				&& manager.getSessionStore() instanceof InMemoryWebSessionStore) {
			manager.setSessionIdResolver(new NotingResolver(manager.getSessionIdResolver(), this.sessions));
		}
		return bean;
	}

	private record NotingResolver(WebSessionIdResolver delegate,
			Supplier<MemorySessions> sessions) implements WebSessionIdResolver {

		@Override
		public List<String> resolveSessionIds(ServerWebExchange exchange) {
			return this.delegate.resolveSessionIds(exchange);
		}

		@Override
		public void setSessionId(ServerWebExchange exchange, String id) {
			this.sessions.get().created();
			this.delegate.setSessionId(exchange, id);
		}

		@Override
		public void expireSession(ServerWebExchange exchange) {
			this.delegate.expireSession(exchange);
		}

	}

}
