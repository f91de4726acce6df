package io.fdwork.internal.fleet;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.FleetState;
import io.fdwork.fleet.WorkerExit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is to be said of a fleet, to its observer and to the log. Noted under the lock of
 * the fleet, and told on a thread of its own: whoever is told, or logs, may take long and
 * may ask. Safe for threads.
 */
final class FleetNews {

	private static final Logger logger = LoggerFactory.getLogger(FleetNews.class);

	/**
	 * How much may be untold. What comes then is lost.
	 */
	private static final int MAX_UNTOLD = 1000;

	private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(1);

	private static final Runnable LAST = () -> {
	};

	private final FleetObserver observer;

	private final BlockingQueue<Runnable> untold = new LinkedBlockingQueue<>(MAX_UNTOLD);

	private final AtomicLong lost = new AtomicLong();

	private volatile @Nullable Thread thread;

	private @Nullable FleetState lastState;

	private boolean lastReasoned;

	FleetNews(FleetObserver observer) {
		this.observer = observer;
	}

	void start() {
		Thread thread = new Thread(this::tell, "fdwork-fleet-news");
		thread.setDaemon(true);
		this.thread = thread;
		thread.start();
	}

	void exited(WorkerExit exit) {
		add(() -> this.observer.exited(exit));
	}

	void refreshed(FleetSnapshot.Refresh refresh) {
		add(() -> this.observer.refreshed(refresh));
	}

	/**
	 * Note the state, if it is another than before, or if there is a reason for it now or
	 * no more. A reason that only counts on is no news.
	 */
	synchronized void state(FleetSnapshot snapshot) {
		boolean reasoned = snapshot.reason() != null;
		if (snapshot.state() != this.lastState || reasoned != this.lastReasoned) {
			this.lastState = snapshot.state();
			this.lastReasoned = reasoned;
			add(() -> this.observer.changed(snapshot));
		}
	}

	/**
	 * Note what is to be logged.
	 * @param line logs it
	 */
	void log(Runnable line) {
		add(line);
	}

	private void add(Runnable item) {
		if (!this.untold.offer(item)) {
			this.lost.incrementAndGet();
		}
	}

	private void tell() {
		try {
			for (Runnable item = this.untold.take(); item != LAST; item = this.untold.take()) {
				tell(item);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void tell(Runnable item) {
		try {
			item.run();
			long lost = this.lost.getAndSet(0);
			if (lost > 0) {
				logger.warn("Who is told what becomes of the fleet, or the log, took so long that {} news were lost",
						lost);
			}
		}
		catch (RuntimeException | Error ex) {
			logger.error("Who was told what becomes of the fleet has failed", ex);
		}
	}

	/**
	 * Tell what is untold, and nothing more. Who takes too long is not waited for. Must
	 * not be called under the lock of the fleet.
	 */
	void close() {
		Thread thread = this.thread;
		if (thread == null) {
			return;
		}
		this.thread = null;
		add(LAST);
		try {
			thread.join(CLOSE_PATIENCE.toMillis());
			thread.interrupt();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
