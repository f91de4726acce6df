package io.fdwork.serve.reactor;

import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServer;
import org.springframework.http.server.reactive.HttpHandler;

/**
 * Makes the main web server of a process that leaves its port to the daemon: it binds
 * nothing.
 * <p>
 * Boot makes the management server with another object of the same class, by its default
 * constructor: that one binds its port as any other.
 */
public class PortlessNettyWebServerFactory extends NettyReactiveWebServerFactory {

	private final boolean portless;

	/**
	 * Create a factory of servers that bind their port, for the management server.
	 */
	public PortlessNettyWebServerFactory() {
		this(false);
	}

	private PortlessNettyWebServerFactory(boolean portless) {
		this.portless = portless;
	}

	/**
	 * Create a factory of servers that bind nothing.
	 * @return the factory
	 */
	public static PortlessNettyWebServerFactory forMainServer() {
		return new PortlessNettyWebServerFactory(true);
	}

	@Override
	public WebServer getWebServer(HttpHandler handler) {
		return (this.portless) ? new PortlessWebServer() : super.getWebServer(handler);
	}

	/**
	 * A web server without a port.
	 */
	private static final class PortlessWebServer implements WebServer {

		@Override
		public void start() {
			// There is nothing to bind
		}

		@Override
		public void stop() {
			// There is nothing to unbind
		}

		@Override
		public int getPort() {
			return -1;
		}

	}

}
