package io.fdwork.internal.serve.tomcat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;

import io.fdwork.Work;
import io.fdwork.internal.home.HomeRule;
import io.fdwork.internal.home.HomeSender;
import io.fdwork.internal.serve.ConnectionServer;
import io.fdwork.internal.worker.IdleReturn;
import org.jspecify.annotations.Nullable;

/**
 * Serves works with Tomcat, as if its endpoint had accepted their connections. Idle
 * connections go home if they speak plain HTTP/1.1.
 */
public final class TomcatServer implements ConnectionServer {

	private volatile @Nullable WorkHttp11Protocol protocol;

	private volatile int maxConnections = -1;

	private boolean draining;

	private final HomeRule rule;

	private final HomeSender sender;

	/**
	 * Create a server.
	 * @param idleReturn where idle connections go; asked for when the first does
	 * @param idleTime how long a connection is idle before it goes; zero to let none go
	 * before the worker drains
	 */
	public TomcatServer(Supplier<IdleReturn> idleReturn, Duration idleTime) {
		this.rule = new HomeRule(idleReturn, idleTime, () -> required().idleTimeout());
		this.sender = new HomeSender(idleReturn, this.rule,
				(work, connection, history) -> required().comeBack(work, connection, history));
	}

	private WorkHttp11Protocol required() {
		return Objects.requireNonNull(this.protocol);
	}

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
	public void part() {
		// Its endpoint looks at each connection all the time
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
		protocol.goHomeBy(this.rule, this.sender);
		this.maxConnections = protocol.getMaxConnections();
		this.protocol = protocol;
	}

}
