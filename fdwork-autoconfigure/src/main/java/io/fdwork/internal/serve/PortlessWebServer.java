package io.fdwork.internal.serve;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.web.server.GracefulShutdownCallback;
import org.springframework.boot.web.server.GracefulShutdownResult;
import org.springframework.boot.web.server.WebServer;

/**
 * The main web server of a process that leaves its port to the daemon.
 * <p>
 * Its graceful shutdown does nothing: before it, the worker has waited for its
 * connections as long as it was allowed to.
 */
public final class PortlessWebServer implements WebServer {

	private static final Logger logger = LoggerFactory.getLogger(PortlessWebServer.class);

	private final @Nullable WebServer delegate;

	private final int port;

	/**
	 * Create a web server.
	 * @param delegate serves, and binds nothing; {@code null} if this process serves
	 * nothing
	 * @param port the port that clients connect to, or -1 if it is not known
	 */
	public PortlessWebServer(@Nullable WebServer delegate, int port) {
		this.delegate = delegate;
		this.port = port;
	}

	/**
	 * Say in the log why the log of the web server speaks of no port, or of a strange
	 * one.
	 */
	public static void announce() {
		logger.info("The web server binds no port: server.port is the daemon's, and workers serve its connections");
	}

	@Override
	public void start() {
		announce();
		if (this.delegate != null) {
			this.delegate.start();
		}
	}

	@Override
	public void stop() {
		if (this.delegate != null) {
			this.delegate.stop();
		}
	}

	@Override
	public void destroy() {
		if (this.delegate != null) {
			this.delegate.destroy();
		}
	}

	@Override
	public void shutDownGracefully(GracefulShutdownCallback callback) {
		callback.shutdownComplete(GracefulShutdownResult.IMMEDIATE);
	}

	@Override
	public int getPort() {
		return this.port;
	}

}
