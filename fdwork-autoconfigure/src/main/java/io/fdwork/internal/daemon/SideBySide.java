package io.fdwork.internal.daemon;

import java.util.ArrayList;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does several things at a time that may wait, so that none waits for another.
 */
final class SideBySide {

	private static final Logger logger = LoggerFactory.getLogger(SideBySide.class);

	private SideBySide() {
	}

	/**
	 * Do all, and return when all are done. An interrupt is passed on to those that are
	 * not.
	 * @param threadName how their threads are called, before a number
	 * @param actions what to do, each within a time of its own
	 */
	static void run(String threadName, List<Runnable> actions) {
		List<Thread> threads = new ArrayList<>();
		// The last one, mostly the only one, needs no other thread
		for (Runnable action : actions.subList(0, Math.max(0, actions.size() - 1))) {
			Thread thread = new Thread(() -> runOne(action), threadName + "-" + (threads.size() + 1));
			thread.setDaemon(true);
			threads.add(thread);
			try {
				thread.start();
			}
			catch (OutOfMemoryError ex) {
				logger.debug("No thread is left: one after the other", ex);
				threads.remove(thread);
				runOne(action);
			}
		}
		if (!actions.isEmpty()) {
			runOne(actions.get(actions.size() - 1));
		}
		threads.forEach(SideBySide::join);
	}

	private static void runOne(Runnable action) {
		try {
			action.run();
		}
		catch (RuntimeException ex) {
			logger.error("Going on without it", ex);
		}
	}

	private static void join(Thread thread) {
		boolean interrupted = false;
		while (thread.isAlive()) {
			try {
				thread.join();
			}
			catch (InterruptedException ex) {
				interrupted = true;
				thread.interrupt();
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

}
