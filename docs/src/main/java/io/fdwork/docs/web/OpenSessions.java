package io.fdwork.docs.web;

import java.io.Closeable;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.fdwork.integration.event.WorkerDrainingEvent;

import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * In a worker: the sessions of WebSockets, which end when it drains.
 */
@Component
public class OpenSessions {

	private final Set<Closeable> sessions = ConcurrentHashMap.newKeySet();

	public void add(Closeable session) {
		this.sessions.add(session);
	}

	public void remove(Closeable session) {
		this.sessions.remove(session);
	}

	// tag::drain[]
	@EventListener(WorkerDrainingEvent.class)
	void closeAll() throws IOException {
		for (Closeable session : this.sessions) {
			session.close();
		}
	}
	// end::drain[]

}
