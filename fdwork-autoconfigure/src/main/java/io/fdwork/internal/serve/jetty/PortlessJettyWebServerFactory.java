package io.fdwork.internal.serve.jetty;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.Executor;

import io.fdwork.internal.serve.JdkChannelsRequiredException;
import io.fdwork.internal.serve.PortlessWebServer;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.server.AbstractConnector;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.jetty.JettyWebServer;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
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
public class PortlessJettyWebServerFactory extends JettyServletWebServerFactory {

	private final boolean portless;

	private final @Nullable JettyServer server;

	private final int clientPort;

	private boolean absent;

	private int maxConnections = -1;

	/**
	 * Create a factory of servers that bind their port, for the management server.
	 */
	public PortlessJettyWebServerFactory() {
		this(false, null, -1);
	}

	private PortlessJettyWebServerFactory(boolean portless, @Nullable JettyServer server, int clientPort) {
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
	public static PortlessJettyWebServerFactory forMainServer(@Nullable JettyServer server, int clientPort) {
		return new PortlessJettyWebServerFactory(true, server, clientPort);
	}

	/**
	 * Create a factory of servers that are not there, and create nothing of what serves.
	 * @param clientPort the port that clients connect to, or -1 if it is not known
	 * @return the factory
	 */
	public static PortlessJettyWebServerFactory forLeanDaemon(int clientPort) {
		PortlessJettyWebServerFactory factory = forMainServer(null, clientPort);
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
			JdkChannelsRequiredException.check("Jetty");
		}
		// What has been got must not wait: the permits of the worker are the limit
		this.maxConnections = getMaxConnections();
		setMaxConnections(-1);
		setShutdown(Shutdown.IMMEDIATE);
		return super.getWebServer(initializers);
	}

	@Override
	protected JettyWebServer getJettyWebServer(Server server) {
		return (this.portless) ? new PortlessJettyWebServer(server, this.clientPort) : super.getJettyWebServer(server);
	}

	@Override
	protected AbstractConnector createConnector(InetSocketAddress address, Server server, @Nullable Executor executor,
			@Nullable Scheduler scheduler, @Nullable ByteBufferPool pool) {
		AbstractConnector connector = super.createConnector(address, server, executor, scheduler, pool);
		return (this.portless) ? portless(server, connector.getConnectionFactories()) : connector;
	}

	@Override
	protected void customizeSsl(Server server, InetSocketAddress address) {
		super.customizeSsl(server, address);
		if (this.portless) {
			server.setConnectors(
					new Connector[] { portless(server, server.getConnectors()[0].getConnectionFactories()) });
		}
	}

	private WorkConnector portless(Server server, Collection<ConnectionFactory> factories) {
		JettyServer works = this.server;
		if (works == null) {
			works = new JettyServer(() -> {
				throw new IllegalStateException("There are no connections, as this process serves none");
			}, Duration.ZERO);
		}
		return works.newConnector(server, getSelectors(), factories, this.maxConnections);
	}

}
