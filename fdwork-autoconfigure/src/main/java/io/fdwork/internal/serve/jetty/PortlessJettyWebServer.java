package io.fdwork.internal.serve.jetty;

import io.fdwork.internal.serve.PortlessWebServer;
import org.eclipse.jetty.server.Server;

import org.springframework.boot.jetty.servlet.JettyServletWebServer;

/**
 * Jetty that binds nothing. It is of Boot's class, by which Boot finds what to measure,
 * and applications their Jetty.
 */
final class PortlessJettyWebServer extends JettyServletWebServer {

	private final int clientPort;

	PortlessJettyWebServer(Server server, int clientPort) {
		super(server, true);
		this.clientPort = clientPort;
	}

	@Override
	public void start() {
		PortlessWebServer.announce();
		super.start();
	}

	@Override
	public int getPort() {
		return this.clientPort;
	}

}
