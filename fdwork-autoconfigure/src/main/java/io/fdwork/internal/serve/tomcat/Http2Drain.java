package io.fdwork.internal.serve.tomcat;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import io.fdwork.internal.home.HomeRule;
import org.apache.coyote.Processor;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the clients of HTTP/2 that their worker drains, and closes their connections when
 * these are idle. Tomcat itself does not tell those that a thread has something to do for
 * at that moment, or that begin to speak HTTP/2 later.
 */
final class Http2Drain {

	private static final Logger logger = LoggerFactory.getLogger(Http2Drain.class);

	private final WorkEndpoint endpoint;

	// Since when no stream is open of those that have been
	// told. Of one task at a time
	private final Map<Processor, Long> idleSinceNanos = new HashMap<>();

	Http2Drain(WorkEndpoint endpoint) {
		this.endpoint = endpoint;
	}

	/**
	 * Go on until the endpoint stops.
	 */
	void start() {
		this.endpoint.getUtilityExecutor()
			.scheduleWithFixedDelay(this::endAll, 0, HomeRule.DRAIN_CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
	}

	private void endAll() {
		for (SocketWrapperBase<NioChannel> wrapper : this.endpoint.getConnections()) {
			// Without one it is between requests of HTTP/1.1,
			// or a thread has the processor
			if (wrapper.getCurrentProcessor() instanceof Processor processor && processor.isUpgrade()) {
				end(processor);
			}
		}
	}

	private void end(Processor processor) {
		long now = System.nanoTime();
		try {
			Long since = this.idleSinceNanos.get(processor);
			if (since == null) {
				// Waits for what is being written, so that one slow client
				// must not keep the others from being told
				this.endpoint.getExecutor().execute(processor::pause);
			}
			if (since == null || !isIdle(processor)) {
				this.idleSinceNanos.put(processor, now);
			}
			else if (HomeRule.ofOneThatStays(true, now - since).action() == HomeRule.Action.CLOSE) {
				// As if its time was over
				processor.timeoutAsync(-1);
			}
		}
		catch (RejectedExecutionException ex) {
			logger.debug("No thread of Tomcat ends a connection in a drain; it is tried again", ex);
		}
	}

	private static boolean isIdle(Processor processor) {
		return processor.getUpgradeToken().httpUpgradeHandler() instanceof CountingHttp2.Handler http2
				&& !http2.hasOpenStreams();
	}

}
