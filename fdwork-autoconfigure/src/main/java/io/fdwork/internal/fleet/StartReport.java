package io.fdwork.internal.fleet;

import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says once, when all workers that are wanted are ready for the first time, how many they
 * are and how long that has taken: not before that, clients are answered as they should
 * be.
 */
final class StartReport {

	private static final Logger logger = LoggerFactory.getLogger(StartReport.class);

	private final FleetNews news;

	private long begunNanos;

	private boolean begun;

	private boolean said;

	StartReport(FleetNews news) {
		this.news = news;
	}

	/**
	 * Note how far the start is.
	 * @param ready how many workers are ready
	 * @param target how many are wanted
	 * @param now the time
	 */
	void note(int ready, int target, long now) {
		if (!this.begun) {
			this.begun = true;
			this.begunNanos = now;
		}
		if (this.said || target == 0 || ready < target) {
			return;
		}
		this.said = true;
		long seconds = TimeUnit.NANOSECONDS.toSeconds(now - this.begunNanos);
		this.news.log(() -> logger.info("{} of {} workers ready after {} s", ready, target, seconds));
	}

}
