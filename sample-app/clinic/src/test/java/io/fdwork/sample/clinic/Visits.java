package io.fdwork.sample.clinic;

import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.fdwork.sample.fixture.Await;

/**
 * Visitors who have logged in once, and look at one page after the other on connections
 * that are kept alive, until this is closed.
 */
final class Visits implements AutoCloseable {

	// So that workers can start beside them on a small machine
	private static final long PAUSE_MILLIS = 50;

	private final AtomicLong seen = new AtomicLong();

	private final Queue<String> failures = new ConcurrentLinkedQueue<>();

	private final ScheduledExecutorService visitors;

	/**
	 * Let visitors log in and begin to look.
	 */
	Visits(int port, int visitors) throws IOException {
		this.visitors = Executors.newScheduledThreadPool(visitors);
		for (int i = 0; i < visitors; i++) {
			Browser browser = new Browser(port, true);
			browser.logIn();
			this.visitors.scheduleWithFixedDelay(() -> look(browser), 0, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
		}
	}

	private void look(Browser browser) {
		try {
			String page = browser.get("/");
			if (page.contains("Log out")) {
				this.seen.incrementAndGet();
			}
			else {
				this.failures.add("A session is lost: " + page);
			}
		}
		catch (IOException | RuntimeException ex) {
			this.failures.add(ex.toString());
		}
	}

	/**
	 * Wait until so many more pages are seen.
	 */
	void awaitSeen(long more) {
		long target = this.seen.get() + more;
		Await.until(() -> this.seen.get() >= target);
	}

	/**
	 * Return how many pages were seen.
	 */
	long seen() {
		return this.seen.get();
	}

	/**
	 * Return what was not answered as it should.
	 */
	List<String> failures() {
		return List.copyOf(this.failures);
	}

	@Override
	public void close() throws InterruptedException {
		this.visitors.shutdown();
		if (!this.visitors.awaitTermination(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
			throw new AssertionError("A visitor waits for a page");
		}
	}

}
