package io.fdwork.internal.launch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;

/**
 * Finds out before a process is started whether the threads that it needs in this JVM are
 * allowed. The JDK starts them after the process, and if it cannot, nobody waits for the
 * process: what is left of it counts against the same limit until this JVM ends.
 */
final class SpareThreads {

	/**
	 * One for the process itself, which counts as one, and those that wait for it and
	 * read its output.
	 */
	private static final int COUNT = 3;

	private SpareThreads() {
	}

	/**
	 * Start as many threads, and let them end.
	 * @throws Error if one cannot be started
	 */
	static void require() {
		require((task) -> new Thread(null, task, "fdwork-spare", 1));
	}

	static void require(ThreadFactory factory) {
		CountDownLatch ends = new CountDownLatch(1);
		List<Thread> started = new ArrayList<>();
		try {
			for (int i = 0; i < COUNT; i++) {
				Thread thread = factory.newThread(() -> await(ends));
				thread.setDaemon(true);
				thread.start();
				started.add(thread);
			}
		}
		finally {
			ends.countDown();
			started.forEach(SpareThreads::join);
		}
	}

	private static void await(CountDownLatch ends) {
		try {
			ends.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static void join(Thread thread) {
		try {
			thread.join();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
