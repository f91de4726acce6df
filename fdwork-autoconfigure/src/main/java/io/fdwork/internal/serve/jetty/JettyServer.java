package io.fdwork.internal.serve.jetty;

import java.io.IOException;
import java.io.UncheckedIOException;

import io.fdwork.Work;
import io.fdwork.internal.serve.ConnectionServer;
import org.jspecify.annotations.Nullable;

/**
 * Serves works with Jetty, as if its connector had accepted their connections.
 */
public final class JettyServer implements ConnectionServer {

	private volatile @Nullable WorkConnector connector;

	private volatile int maxConnections = -1;

	private boolean draining;

	@Override
	public void accept(Work work) {
		WorkConnector connector = this.connector;
		if (connector == null) {
			throw new IllegalStateException("There is no Jetty that takes " + work);
		}
		try {
			connector.serve(work);
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
	public synchronized void drain() {
		WorkConnector connector = this.connector;
		if (!this.draining && connector != null) {
			this.draining = true;
			connector.drain();
		}
	}

	/**
	 * Serve with a connector.
	 * @param connector the connector
	 * @param maxConnections how many connections it should have open at once, or -1
	 */
	void serveWith(WorkConnector connector, int maxConnections) {
		this.connector = connector;
		this.maxConnections = maxConnections;
	}

}
