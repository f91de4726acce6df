package io.fdwork.internal.serve.tomcat;

import io.fdwork.internal.serve.PortlessWebServer;
import org.apache.catalina.startup.Tomcat;

import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.Shutdown;

/**
 * Tomcat that binds nothing. It is of Boot's class, by which Boot finds what to measure,
 * and applications their Tomcat.
 */
final class PortlessTomcatWebServer extends TomcatWebServer {

	private final int clientPort;

	PortlessTomcatWebServer(Tomcat tomcat, int clientPort) {
		super(tomcat, true, Shutdown.IMMEDIATE);
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
