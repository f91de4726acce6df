package io.fdwork.serve.reactor;

import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.reactive.ReactiveWebServerFactory;
import org.springframework.http.server.reactive.HttpHandler;

/**
 * Makes the main web server of a process that leaves its port to the daemon: it binds
 * nothing. The management server is not made here and binds its port as configured.
 */
public class PortlessReactiveWebServerFactory implements ReactiveWebServerFactory {

	@Override
	public WebServer getWebServer(HttpHandler handler) {
		return new PortlessWebServer();
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
