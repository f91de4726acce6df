package io.fdwork.internal.serve.jetty;

import java.util.concurrent.TimeUnit;

import io.fdwork.internal.home.HomeRule;
import org.eclipse.jetty.io.EndPoint;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * Looks for idle connections while the worker drains, and ends them; before that it asks
 * the clients of HTTP/2 to go elsewhere, while the daemon is about to close its ports. No
 * idle timeout is changed for that: it would hold for clients that are slow to read the
 * answer to a request which has just come, too.
 */
final class Drain implements Runnable {

	private static final String HTTP2 = "org.eclipse.jetty.http2.HTTP2Connection";

	private final WorkConnector connector;

	private final @Nullable Http2Drain http2;

	private boolean begun;

	Drain(WorkConnector connector) {
		this.connector = connector;
		this.http2 = ClassUtils.isPresent(HTTP2, getClass().getClassLoader()) ? new Http2Drain() : null;
	}

	/**
	 * Begin to look, if this does not.
	 */
	synchronized void begin() {
		if (!this.begun) {
			this.begun = true;
			run();
		}
	}

	/**
	 * Go on until there is no reason any more.
	 */
	@Override
	public synchronized void run() {
		boolean draining = this.connector.isDraining();
		this.begun = this.connector.isRunning() && (draining || this.connector.rule().isParting());
		if (this.begun) {
			for (EndPoint endPoint : this.connector.getConnectedEndPoints()) {
				boolean spokenTo = this.http2 != null && this.http2.goOn(endPoint, draining);
				if (draining && !spokenTo) {
					((WorkEndPoint) endPoint).closeIfIdle();
				}
			}
			this.connector.getScheduler()
				.schedule(this, HomeRule.DRAIN_CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
		}
	}

}
