package io.fdwork.internal.serve.tomcat;

import java.io.IOException;
import java.time.Duration;

import io.fdwork.Work;
import io.fdwork.internal.home.HomeRule;
import org.apache.coyote.UpgradeProtocol;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http2.Http2Protocol;
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

	void serve(Work work) throws IOException {
		this.workEndpoint.serve(work);
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
