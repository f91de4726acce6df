package io.fdwork.internal.serve.tomcat;

import java.io.IOException;
import java.io.UncheckedIOException;

import io.fdwork.Work;
import io.fdwork.internal.home.HomeRule;
import io.fdwork.internal.serve.ConnectionServer;
import org.jspecify.annotations.Nullable;

/**
 * Serves works with Tomcat, as if its endpoint had accepted their connections.
 */
public final class TomcatServer implements ConnectionServer {

	private volatile @Nullable WorkHttp11Protocol protocol;

	private volatile int maxConnections = -1;

	private boolean draining;

	@Override
	public void accept(Work work) {
		WorkHttp11Protocol protocol = this.protocol;
		if (protocol == null) {
			throw new IllegalStateException("There is no Tomcat that takes " + work);
		}
		try {
			protocol.serve(work);
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Tomcat cannot serve " + work, ex);
		}
	}

	@Override
	public int maxConnections() {
		return this.maxConnections;
	}

	@Override
	public int maxRequests() {
		WorkHttp11Protocol protocol = this.protocol;
		return (protocol != null) ? protocol.maxRequests() : -1;
	}

	@Override
	public synchronized void drain() {
		WorkHttp11Protocol protocol = this.protocol;
		if (!this.draining && protocol != null) {
			this.draining = true;
			protocol.drain(HomeRule.DRAIN_IDLE_TIME);
		}
	}

	/**
	 * Serve with a protocol.
	 * @param protocol the protocol, configured
	 */
	void serveWith(WorkHttp11Protocol protocol) {
		this.maxConnections = protocol.getMaxConnections();
		this.protocol = protocol;
	}

}
