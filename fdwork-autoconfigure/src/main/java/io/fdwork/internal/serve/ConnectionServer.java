package io.fdwork.internal.serve;

import java.util.List;
import java.util.function.Consumer;

import io.fdwork.Work;
import io.netty.channel.IoEventLoop;

/**
 * Serves works with the web server of the application. Each work is taken over, and is in
 * hand until its connection is closed.
 * <p>
 * Called by any thread. {@link #accept} does not block, and throws
 * {@link IllegalStateException} when the web server does not run; the work stays the
 * caller's then.
 */
public interface ConnectionServer extends Consumer<Work> {

	/**
	 * Return how many connections the web server is configured to have open at once.
	 * @return the number, or -1 if it is not limited
	 */
	int maxConnections();

	/**
	 * Return how many requests the web server processes at once. One that comes while as
	 * many are being processed waits for one of them to end. Asked for when the web
	 * server is configured, whether it runs or not.
	 * @return the number, or -1 if it is not limited
	 */
	int maxRequests();

	/**
	 * Return the event loops that may get works and hand them to {@link #accept}. Known
	 * when the web server is configured.
	 * @return event loops of epoll, none if another thread is to get
	 */
	default List<IoEventLoop> eventLoops() {
		return List.of();
	}

	/**
	 * Ask the clients of HTTP/2 to open no more streams on their connections, as long as
	 * the daemon is about to close its ports. All that come are answered; those of
	 * HTTP/1.1 are asked with each answer. Returns at once.
	 */
	void part();

	/**
	 * End the connections without breaking requests: every answer from now on is the last
	 * of its connection, and idle connections are closed. Connections may still come.
	 * Returns at once and is idempotent.
	 */
	void drain();

}
