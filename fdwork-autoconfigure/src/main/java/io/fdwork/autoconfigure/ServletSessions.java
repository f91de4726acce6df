package io.fdwork.autoconfigure;

import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionListener;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.util.ClassUtils;

/**
 * Notes the sessions that a servlet container makes. Those of Spring Session may be told
 * here, too, and are kept elsewhere.
 */
final class ServletSessions implements HttpSessionListener {

	private static final String REPOSITORY = "org.springframework.session.SessionRepository";

	private final MemorySessions sessions;

	private final ListableBeanFactory beans;

	ServletSessions(MemorySessions sessions, ListableBeanFactory beans) {
		this.sessions = sessions;
		this.beans = beans;
	}

	@Override
	public void sessionCreated(HttpSessionEvent event) {
		if (!isShared()) {
			this.sessions.created();
		}
	}

	private boolean isShared() {
		ClassLoader loader = getClass().getClassLoader();
		return ClassUtils.isPresent(REPOSITORY, loader) && this.beans
			.getBeanNamesForType(ClassUtils.resolveClassName(REPOSITORY, loader), true, false).length > 0;
	}

}
