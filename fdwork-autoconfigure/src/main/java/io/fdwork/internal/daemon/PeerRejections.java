package io.fdwork.internal.daemon;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

import io.fdwork.internal.failure.Failures;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what was refused of peers, by cause, and logs the first of each. Safe for all
 * threads.
 */
final class PeerRejections {

	private static final Logger logger = LoggerFactory.getLogger(PeerRejections.class);

	private final Map<PeerRejection, LongAdder> counts = new EnumMap<>(PeerRejection.class);

	private final Failures failures = new Failures();

	PeerRejections() {
		for (PeerRejection rejection : PeerRejection.values()) {
			this.counts.put(rejection, new LongAdder());
		}
	}

	/**
	 * Count a rejection.
	 * @param message what was refused, for people
	 */
	void add(PeerRejection cause, String message) {
		this.counts.get(cause).increment();
		if (this.failures.isFirst(cause)) {
			logger.warn("{}. Logged once; see the meter fdwork.control.rejected", message);
		}
		else {
			logger.debug("{}", message);
		}
	}

	Map<PeerRejection, Long> counts() {
		Map<PeerRejection, Long> counts = new EnumMap<>(PeerRejection.class);
		this.counts.forEach((cause, count) -> counts.put(cause, count.sum()));
		return counts;
	}

}
