package io.fdwork.internal.serve.jetty;

import java.util.concurrent.TimeUnit;

import io.fdwork.internal.home.HomeRule;
import org.eclipse.jetty.io.EndPoint;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * Looks for idle connections while the worker drains, and ends them. No idle timeout is
 * changed for that: it would hold for clients that are slow to read the answer to a
 * request which has just come, too.
 */
final class Drain implements Runnable {

	private static final String HTTP2 = "org.eclipse.jetty.http2.HTTP2Connection";

	private final WorkConnector connector;

	private final @Nullable Http2Drain http2;

	Drain(WorkConnector connector) {
		this.connector = connector;
		this.http2 = ClassUtils.isPresent(HTTP2, getClass().getClassLoader()) ? new Http2Drain() : null;
	}

	/**
	 * Go on until the connector stops.
	 */
	@Override
	public void run() {
		if (this.connector.isRunning()) {
			for (EndPoint endPoint : this.connector.getConnectedEndPoints()) {
				if (this.http2 == null || !this.http2.end(endPoint)) {
					((WorkEndPoint) endPoint).closeIfIdle();
				}
			}
			this.connector.getScheduler()
				.schedule(this, HomeRule.DRAIN_CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
		}
	}

}
