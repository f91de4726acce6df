package io.fdwork.sample.clinic;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import io.fdwork.sample.fixture.Await;

/**
 * Visitors who have logged in once, and look at one page after the other on connections
 * that are kept alive, until this is closed.
 */
final class Visits implements AutoCloseable {

	private final AtomicBoolean stopped = new AtomicBoolean();

	private final AtomicLong seen = new AtomicLong();

	private final Queue<String> failures = new ConcurrentLinkedQueue<>();

	private final List<Future<Void>> visitors = new ArrayList<>();

	private final ExecutorService executor;

	/**
	 * Let visitors log in, and then begin to look.
	 */
	Visits(int port, int visitors) throws IOException {
		this.executor = Executors.newFixedThreadPool(visitors);
		for (int i = 0; i < visitors; i++) {
			Browser browser = new Browser(port, true);
			browser.logIn();
			this.visitors.add(this.executor.submit(() -> {
				while (!this.stopped.get()) {
					look(browser);
				}
				return null;
			}));
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
		catch (IOException ex) {
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
	public void close() throws Exception {
		this.stopped.set(true);
		this.executor.shutdown();
		for (Future<Void> visitor : this.visitors) {
			visitor.get();
		}
	}

}
