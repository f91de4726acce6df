package io.fdwork.internal.serve.jetty;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.function.Supplier;

import io.fdwork.Work;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.serve.ConnectionServer;
import io.fdwork.internal.worker.IdleReturn;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.jspecify.annotations.Nullable;

/**
 * Serves works with Jetty, as if its connector had accepted their connections. Idle
 * connections go home if they speak plain HTTP/1.1.
 */
public final class JettyServer implements ConnectionServer {

	private final Supplier<IdleReturn> idleReturn;

	private final Duration idleTime;

	private volatile @Nullable WorkConnector connector;

	private volatile int maxConnections = -1;

	private boolean draining;

	/**
	 * Create a server.
	 * @param idleReturn where idle connections go; asked for when the first does
	 * @param idleTime how long a connection is idle before it goes; zero to let none go
	 * before the worker drains
	 */
	public JettyServer(Supplier<IdleReturn> idleReturn, Duration idleTime) {
		this.idleReturn = idleReturn;
		this.idleTime = idleTime;
	}

	@Override
	public void accept(Work work) {
		WorkConnector connector = this.connector;
		if (connector == null) {
			throw new IllegalStateException("There is no Jetty that takes " + work);
		}
		try {
			connector.serve(GotWork.of(work));
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Jetty cannot serve " + work, ex);
		}
	}

	@Override
	public int maxConnections() {
		return this.maxConnections;
	}

	@Override
	public int maxRequests() {
		WorkConnector connector = this.connector;
		return (connector != null) ? connector.maxRequests() : -1;
	}

	@Override
	public void part() {
		WorkConnector connector = this.connector;
		if (connector != null) {
			connector.part();
		}
	}

	@Override
	public synchronized void drain() {
		WorkConnector connector = this.connector;
		if (!this.draining && connector != null) {
			this.draining = true;
			connector.drain();
		}
	}

	/**
	 * Create the connector to serve with.
	 * @param server what it is for
	 * @param selectors how many selectors it has, or -1
	 * @param factories what its connections speak
	 * @param maxConnections how many connections it should have open at once, or -1
	 * @return the connector
	 */
	WorkConnector newConnector(Server server, int selectors, Collection<ConnectionFactory> factories,
			int maxConnections) {
		WorkConnector connector = new WorkConnector(server, selectors, this.idleReturn, this.idleTime, factories);
		this.maxConnections = maxConnections;
		this.connector = connector;
		return connector;
	}

}
