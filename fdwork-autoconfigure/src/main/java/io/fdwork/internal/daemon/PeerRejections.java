package io.fdwork.internal.daemon;

import java.util.Map;

import io.fdwork.internal.count.Counts;
import io.fdwork.internal.failure.Failures;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what was refused of peers, by cause, and logs the first of each. Safe for all
 * threads.
 */
final class PeerRejections {

	private static final Logger logger = LoggerFactory.getLogger(PeerRejections.class);

	private final Counts<PeerRejection> counts = new Counts<>(PeerRejection.class);

	private final Failures failures = new Failures();

	/**
	 * Count a rejection.
	 * @param message what was refused, for people
	 */
	void add(PeerRejection cause, String message) {
		this.counts.increment(cause);
		if (this.failures.isFirst(cause)) {
			logger.warn("{}. Logged once; see the meter fdwork.control.rejected", message);
		}
		else {
			logger.debug("{}", message);
		}
	}

	Map<PeerRejection, Long> counts() {
		return this.counts.toMap();
	}

}
