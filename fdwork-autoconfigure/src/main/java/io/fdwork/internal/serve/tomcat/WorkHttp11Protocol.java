package io.fdwork.internal.serve.tomcat;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;

import io.fdwork.ConnectionHistory;
import io.fdwork.Work;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.home.HomeRule;
import io.fdwork.internal.home.HomeSender;
import org.apache.coyote.Processor;
import org.apache.coyote.UpgradeProtocol;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.threads.ResizableExecutor;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 whose connections are works.
 */
public final class WorkHttp11Protocol extends Http11NioProtocol {

	private final WorkEndpoint workEndpoint;

	/**
	 * Create a protocol. Tomcat does, by name.
	 */
	public WorkHttp11Protocol() {
		this(new WorkEndpoint());
	}

	private WorkHttp11Protocol(WorkEndpoint endpoint) {
		super(endpoint);
		this.workEndpoint = endpoint;
	}

	/**
	 * Let idle connections go home.
	 */
	void goHomeBy(HomeRule rule, HomeSender sender) {
		this.workEndpoint.goHomeBy(rule, sender);
	}

	/**
	 * Return how long a connection may be idle that has carried a request.
	 * @return the time, zero for as long as the client likes
	 */
	Duration idleTimeout() {
		return Duration.ofMillis(Math.max(0, getKeepAliveTimeout()));
	}

	void comeBack(Work work, Descriptor connection, ConnectionHistory history) {
		this.workEndpoint.comeBack(work, connection, history);
	}

	void serve(Work work) throws IOException {
		this.workEndpoint.serve(work);
	}

	@Override
	protected Processor createProcessor() {
		return new WorkHttp11Processor(this, getAdapter());
	}

	/**
	 * Return how many requests are processed at once, or -1 if that is not limited: by
	 * virtual threads for instance.
	 */
	int maxRequests() {
		Executor executor = getExecutor();
		if (executor instanceof ResizableExecutor pool) {
			return pool.getMaxThreads();
		}
		if (executor instanceof ThreadPoolExecutor pool) {
			return pool.getMaximumPoolSize();
		}
		return (this.workEndpoint.getUseVirtualThreads()) ? -1 : getMaxThreads();
	}

	void drain(Duration idleTime) {
		for (UpgradeProtocol upgrade : findUpgradeProtocols()) {
			if (upgrade instanceof Http2Protocol http2) {
				http2.setKeepAliveTimeout(idleTime.toMillis());
			}
		}
		this.workEndpoint.drain();
		new Http2Drain(this.workEndpoint).start();
	}

	/**
	 * Let a stream that is on its way when a drain begins be answered, and not be
	 * refused.
	 */
	@Override
	public void addUpgradeProtocol(UpgradeProtocol upgrade) {
		if (upgrade instanceof Http2Protocol http2 && http2.getDrainTimeout() == 0) {
			http2.setDrainTimeout(HomeRule.DRAIN_IDLE_TIME.toNanos());
		}
		super.addUpgradeProtocol(upgrade);
	}

	@Override
	public @Nullable UpgradeProtocol getNegotiatedProtocol(String name) {
		return counting(super.getNegotiatedProtocol(name));
	}

	@Override
	public @Nullable UpgradeProtocol getUpgradeProtocol(String name) {
		return counting(super.getUpgradeProtocol(name));
	}

	/**
	 * Not where it is found by those who configure it.
	 */
	private static @Nullable UpgradeProtocol counting(@Nullable UpgradeProtocol upgrade) {
		return (upgrade != null && upgrade.getClass() == Http2Protocol.class)
				? new CountingHttp2((Http2Protocol) upgrade) : upgrade;
	}

}
