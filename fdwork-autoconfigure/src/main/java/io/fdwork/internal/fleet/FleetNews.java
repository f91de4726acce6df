package io.fdwork.internal.fleet;

import java.util.ArrayList;
import java.util.List;

import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.FleetState;
import io.fdwork.fleet.WorkerExit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the observer of a fleet has still to be told. Noted under the lock of the fleet,
 * and told outside of it: whoever is told may ask. Safe for threads.
 */
final class FleetNews {

	private static final Logger logger = LoggerFactory.getLogger(FleetNews.class);

	private final FleetObserver observer;

	private final List<Runnable> untold = new ArrayList<>();

	private @Nullable FleetState lastState;

	private boolean lastReasoned;

	FleetNews(FleetObserver observer) {
		this.observer = observer;
	}

	synchronized void exited(WorkerExit exit) {
		this.untold.add(() -> this.observer.exited(exit));
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
			this.untold.add(() -> this.observer.changed(snapshot));
		}
	}

	/**
	 * Tell what was not told yet. Must not be called under the lock of the fleet.
	 */
	void tell() {
		List<Runnable> news;
		synchronized (this) {
			news = List.copyOf(this.untold);
			this.untold.clear();
		}
		for (Runnable item : news) {
			try {
				item.run();
			}
			catch (RuntimeException | Error ex) {
				logger.error("Who was told what becomes of the fleet has failed", ex);
			}
		}
	}

}
