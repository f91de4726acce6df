package io.fdwork.internal.serve.tomcat;

import java.io.IOException;
import java.time.Duration;

import io.fdwork.Work;
import io.fdwork.internal.home.HomeRule;
import org.apache.coyote.UpgradeProtocol;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http2.Http2Protocol;

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

}
