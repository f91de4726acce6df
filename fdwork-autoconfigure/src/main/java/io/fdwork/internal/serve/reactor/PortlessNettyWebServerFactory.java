package io.fdwork.internal.serve.reactor;

import java.util.function.UnaryOperator;

import io.fdwork.internal.serve.PortlessWebServer;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.HttpResources;
import reactor.netty.resources.LoopResources;

import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.Shutdown;
import org.springframework.boot.web.server.WebServer;
import org.springframework.http.client.ReactorResourceFactory;
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

	private final @Nullable ReactorNettyServer server;

	private final int clientPort;

	private @Nullable ReactorResourceFactory resourceFactory;

	private UnaryOperator<HttpHandler> decorator = UnaryOperator.identity();

	/**
	 * Create a factory of servers that bind their port, for the management server.
	 */
	public PortlessNettyWebServerFactory() {
		this(false, null, -1);
	}

	private PortlessNettyWebServerFactory(boolean portless, @Nullable ReactorNettyServer server, int clientPort) {
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
	public static PortlessNettyWebServerFactory forMainServer(@Nullable ReactorNettyServer server, int clientPort) {
		return new PortlessNettyWebServerFactory(true, server, clientPort);
	}

	/**
	 * Set what handles requests before the handler of the application, if this serves.
	 * @param decorator makes a handler of that of the application
	 */
	public void decorateHandler(UnaryOperator<HttpHandler> decorator) {
		this.decorator = decorator;
	}

	@Override
	public void setResourceFactory(@Nullable ReactorResourceFactory resourceFactory) {
		super.setResourceFactory(resourceFactory);
		this.resourceFactory = resourceFactory;
	}

	@Override
	public WebServer getWebServer(HttpHandler handler) {
		if (!this.portless) {
			addServerCustomizers(RequestGate::before);
			return super.getWebServer(handler);
		}
		return new PortlessWebServer((this.server != null) ? getWebServer(handler, this.server) : null,
				this.clientPort);
	}

	private WebServer getWebServer(HttpHandler handler, ReactorNettyServer server) {
		LoopResources loops = (this.resourceFactory != null) ? this.resourceFactory.getLoopResources()
				: HttpResources.get();
		LoopResources resources = server.resources(loops);
		// It would set its own event loops last
		super.setResourceFactory(null);
		setShutdown(Shutdown.IMMEDIATE);
		// After those of the application: they decide what the
		// codec is like, and what comes before it
		addServerCustomizers((httpServer) -> server.returningIdle(httpServer.runOn(resources))
			.doOnUnbound((unbound) -> server.closeConnections()));
		return super.getWebServer(server.endingConnections(this.decorator.apply(handler)));
	}

}
