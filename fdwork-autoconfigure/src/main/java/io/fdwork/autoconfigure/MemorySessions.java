package io.fdwork.autoconfigure;

import java.util.concurrent.atomic.AtomicBoolean;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says once that a session is in the memory of this worker alone. An application that
 * never makes a session hears nothing.
 */
final class MemorySessions {

	private static final Logger logger = LoggerFactory.getLogger(MemorySessions.class);

	private final AtomicBoolean said = new AtomicBoolean();

	/**
	 * Note that a session was made that no other worker knows.
	 */
	void created() {
		if (this.said.compareAndSet(false, true)) {
			logger.warn("An HTTP session was made in the memory of this worker: no other worker knows it, and it ends "
					+ "with this one, in a refresh at the latest. Keep sessions where all workers see them, with Spring "
					+ "Session and a database or Redis; see 'What several JVMs change' in the documentation. Logged once");
		}
	}

}
