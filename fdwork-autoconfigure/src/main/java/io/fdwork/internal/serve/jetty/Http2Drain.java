package io.fdwork.internal.serve.jetty;

import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

import io.fdwork.internal.home.HomeRule;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.Callback;

/**
 * Tells the clients of HTTP/2 that their worker drains, in two steps, as a stream may be
 * on its way: at first that they should open no more, and when they have had the time to
 * hear that, which was the last one to be answered. Jetty itself says both at once where
 * no stream is open, and before the settings to who comes later. Needs HTTP/2 of Jetty.
 */
final class Http2Drain {

	private static final long PATIENCE_NANOS = HomeRule.DRAIN_IDLE_TIME.toNanos();

	private final Map<HTTP2Session, Ending> endings = new WeakHashMap<>();

	/**
	 * Go on to tell the client of a connection what there is to tell: to be called now
	 * and then, by one thread at a time.
	 * @param endPoint the connection
	 * @param draining whether the connection is to end; otherwise the client is asked to
	 * open no more streams, and all that come are answered
	 * @return whether it speaks HTTP/2
	 */
	boolean goOn(EndPoint endPoint, boolean draining) {
		if (connection(endPoint) instanceof HTTP2Connection http2) {
			this.endings.computeIfAbsent(http2.getSession(), (session) -> new Ending())
				.goOn(http2.getSession(), endPoint, draining);
			return true;
		}
		return false;
	}

	private static Connection connection(EndPoint endPoint) {
		Connection connection = endPoint.getConnection();
		return (connection instanceof SslConnection ssl) ? ssl.getSslEndPoint().getConnection() : connection;
	}

	/**
	 * The end of one connection.
	 */
	private static final class Ending {

		private Step step = Step.NOTHING_SAID;

		private long sinceNanos = System.nanoTime();

		void goOn(HTTP2Session session, EndPoint endPoint, boolean draining) {
			if (draining && this.step != Step.OVER) {
				// Jetty ends the streams of a connection that is idle in a drain
				endPoint.setIdleTimeout(0);
			}
			if (this.step == Step.NOTHING_SAID) {
				if (session.getStreamsOpened() > 0 || hasPassed()) {
					become(Step.TOLD);
					session.frames(null, List.of(GoAwayFrame.GRACEFUL), Callback.NOOP);
				}
			}
			else if (draining && this.step == Step.TOLD && hasPassed()) {
				become(Step.REFUSING);
				session.shutdown();
			}
			else if (this.step == Step.REFUSING && session.getStreams().isEmpty()) {
				become(Step.OVER);
				endPoint.setIdleTimeout(HomeRule.DRAIN_IDLE_TIME.toMillis());
			}
		}

		private boolean hasPassed() {
			return System.nanoTime() - this.sinceNanos >= PATIENCE_NANOS;
		}

		private void become(Step step) {
			this.step = step;
			this.sinceNanos = System.nanoTime();
		}

	}

	/**
	 * What the client has been told.
	 */
	private enum Step {

		NOTHING_SAID, TOLD, REFUSING, OVER

	}

}
