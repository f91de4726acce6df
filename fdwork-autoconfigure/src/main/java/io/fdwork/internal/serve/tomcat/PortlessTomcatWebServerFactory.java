package io.fdwork.internal.serve.tomcat;

import io.fdwork.internal.serve.JdkChannelsRequiredException;
import io.fdwork.internal.serve.PortlessWebServer;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.Shutdown;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.servlet.ServletContextInitializer;

/**
 * Makes the main web server of a process that leaves its port to the daemon: it binds
 * nothing.
 * <p>
 * Boot makes the management server with another object of the same class, by its default
 * constructor: that one binds its port as any other.
 */
public class PortlessTomcatWebServerFactory extends TomcatServletWebServerFactory {

	private final boolean portless;

	private final @Nullable TomcatServer server;

	private final int clientPort;

	private boolean absent;

	/**
	 * Create a factory of servers that bind their port, for the management server.
	 */
	public PortlessTomcatWebServerFactory() {
		this(false, null, -1);
	}

	private PortlessTomcatWebServerFactory(boolean portless, @Nullable TomcatServer server, int clientPort) {
		this.portless = portless;
		this.server = server;
		this.clientPort = clientPort;
	}

	/**
	 * Create a factory of servers that bind nothing.
	 * @param server gives the web server its connections; {@code null} if it serves none
	 * @param clientPort the port that clients connect to, or -1 if it is not known
	 * @return the factory
	 */
	public static PortlessTomcatWebServerFactory forMainServer(@Nullable TomcatServer server, int clientPort) {
		return new PortlessTomcatWebServerFactory(true, server, clientPort);
	}

	/**
	 * Create a factory of servers that are not there, and create nothing of what serves.
	 * @param clientPort the port that clients connect to, or -1 if it is not known
	 * @return the factory
	 */
	public static PortlessTomcatWebServerFactory forLeanDaemon(int clientPort) {
		PortlessTomcatWebServerFactory factory = forMainServer(null, clientPort);
		factory.absent = true;
		return factory;
	}

	@Override
	public WebServer getWebServer(ServletContextInitializer... initializers) {
		if (!this.portless) {
			return super.getWebServer(initializers);
		}
		if (this.absent) {
			return new PortlessWebServer(null, this.clientPort);
		}
		if (this.server != null) {
			JdkChannelsRequiredException.check("Tomcat");
		}
		setProtocol(WorkHttp11Protocol.class.getName());
		setShutdown(Shutdown.IMMEDIATE);
		return super.getWebServer(initializers);
	}

	@Override
	protected TomcatWebServer getTomcatWebServer(Tomcat tomcat) {
		return (this.portless) ? new PortlessTomcatWebServer(tomcat, this.clientPort)
				: super.getTomcatWebServer(tomcat);
	}

	@Override
	protected void customizeConnector(Connector connector) {
		super.customizeConnector(connector);
		if (this.portless && this.clientPort > 0) {
			// Names its threads after it
			connector.setPort(this.clientPort);
		}
		if (this.server != null && connector.getProtocolHandler() instanceof WorkHttp11Protocol protocol) {
			this.server.serveWith(protocol);
		}
	}

}
