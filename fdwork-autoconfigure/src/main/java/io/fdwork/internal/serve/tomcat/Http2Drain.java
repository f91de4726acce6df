package io.fdwork.internal.serve.tomcat;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import io.fdwork.internal.home.HomeRule;
import org.apache.coyote.Processor;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the clients of HTTP/2 that their worker drains: also those that Tomcat itself
 * does not reach, as a thread has something to do for them at that moment, or as they
 * begin to speak HTTP/2 later.
 */
final class Http2Drain {

	private static final Logger logger = LoggerFactory.getLogger(Http2Drain.class);

	private final WorkEndpoint endpoint;

	private final Set<Processor> told = ConcurrentHashMap.newKeySet();

	Http2Drain(WorkEndpoint endpoint) {
		this.endpoint = endpoint;
	}

	/**
	 * Go on until the endpoint stops.
	 */
	void start() {
		this.endpoint.getUtilityExecutor()
			.scheduleWithFixedDelay(this::tellAll, 0, HomeRule.DRAIN_CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
	}

	private void tellAll() {
		for (SocketWrapperBase<NioChannel> wrapper : this.endpoint.getConnections()) {
			// Without one it is between requests of HTTP/1.1,
			// or a thread has the processor
			if (wrapper.getCurrentProcessor() instanceof Processor processor && processor.isUpgrade()
					&& this.told.add(processor)) {
				tell(processor);
			}
		}
	}

	/**
	 * Waits for what is being written, so that one slow client must not keep the others
	 * from being told.
	 */
	private void tell(Processor processor) {
		try {
			this.endpoint.getExecutor().execute(processor::pause);
		}
		catch (RejectedExecutionException ex) {
			logger.debug("No thread of Tomcat tells a client that its worker drains; it is tried again", ex);
			this.told.remove(processor);
		}
	}

}
