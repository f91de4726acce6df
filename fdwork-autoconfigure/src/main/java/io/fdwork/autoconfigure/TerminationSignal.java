package io.fdwork.autoconfigure;

import java.util.concurrent.atomic.AtomicBoolean;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the JVM exit with 0 after a SIGTERM that was obeyed. By default it exits with 143
 * even when the application stopped as it should, and a supervisor cannot tell that from
 * a failure.
 */
final class TerminationSignal {

	private static final Logger logger = LoggerFactory.getLogger(TerminationSignal.class);

	private static final AtomicBoolean installed = new AtomicBoolean();

	private TerminationSignal() {
	}

	/**
	 * End the JVM as a SIGTERM does, on a thread of its own.
	 */
	static void exit() {
		new Thread(() -> System.exit(0), "fdwork-exit").start();
	}

	/**
	 * Install the handler, once for the JVM. The shutdown hooks run as always.
	 */
	static void exitWithZero() {
		if (!installed.compareAndSet(false, true)) {
			return;
		}
		try {
			// Not imported: Javadoc reads imports only, and would warn of this one
			sun.misc.Signal.handle(new sun.misc.Signal("TERM"), (signal) -> exit());
		}
		catch (IllegalArgumentException ex) {
			// The JVM was started with -Xrs
			logger.debug("SIGTERM stays with the JVM", ex);
		}
	}

}
