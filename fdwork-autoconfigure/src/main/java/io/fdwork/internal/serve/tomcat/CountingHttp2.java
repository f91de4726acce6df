package io.fdwork.internal.serve.tomcat;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

import io.fdwork.internal.home.HomeRule;
import jakarta.servlet.http.WebConnection;
import org.apache.coyote.Adapter;
import org.apache.coyote.Processor;
import org.apache.coyote.Request;
import org.apache.coyote.UpgradeProtocol;
import org.apache.coyote.UpgradeToken;
import org.apache.coyote.http11.upgrade.InternalHttpUpgradeHandler;
import org.apache.coyote.http11.upgrade.UpgradeProcessorInternal;
import org.apache.coyote.http2.Http2AsyncUpgradeHandler;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP/2 of Tomcat, as it is configured, whose connections tell whether streams are open,
 * and ask their clients to open no more.
 */
final class CountingHttp2 implements UpgradeProtocol {

	private static final Logger logger = LoggerFactory.getLogger(CountingHttp2.class);

	private static final int NO_ERROR = 0;

	private static final long PATIENCE_NANOS = HomeRule.DRAIN_IDLE_TIME.toNanos();

	private final Http2Protocol http2;

	CountingHttp2(Http2Protocol http2) {
		this.http2 = http2;
	}

	@Override
	public @Nullable String getHttpUpgradeName(boolean isSslEnabled) {
		return this.http2.getHttpUpgradeName(isSslEnabled);
	}

	@Override
	public byte[] getAlpnIdentifier() {
		return this.http2.getAlpnIdentifier();
	}

	@Override
	public String getAlpnName() {
		return this.http2.getAlpnName();
	}

	@Override
	public Processor getProcessor(SocketWrapperBase<?> socket, Adapter adapter) {
		UpgradeToken token = new UpgradeToken(getInternalUpgradeHandler(socket, adapter, null), null, null,
				this.http2.getUpgradeProtocolName());
		return new UpgradeProcessorInternal(socket, token, null);
	}

	@Override
	public InternalHttpUpgradeHandler getInternalUpgradeHandler(SocketWrapperBase<?> socket, Adapter adapter,
			@Nullable Request request) {
		return (socket.hasAsyncIO()) ? new Handler(this.http2, adapter, request, socket)
				: this.http2.getInternalUpgradeHandler(socket, adapter, request);
	}

	@Override
	public boolean accept(Request request) {
		return this.http2.accept(request);
	}

	/**
	 * Return what speaks HTTP/2 on a connection, {@code null} if nobody does, or a thread
	 * has it at this moment.
	 */
	static @Nullable Handler handler(SocketWrapperBase<?> wrapper) {
		return (wrapper.getCurrentProcessor() instanceof Processor processor && processor.isUpgrade()
				&& processor.getUpgradeToken().httpUpgradeHandler() instanceof Handler http2) ? http2 : null;
	}

	/**
	 * One connection.
	 */
	static final class Handler extends Http2AsyncUpgradeHandler {

		private final AtomicBoolean asked = new AtomicBoolean();

		// Since when the client knows how this speaks
		private volatile @Nullable Long begunNanos;

		private Handler(Http2Protocol http2, Adapter adapter, @Nullable Request request, SocketWrapperBase<?> socket) {
			super(http2, adapter, request, socket);
		}

		@Override
		public void init(WebConnection webConnection) {
			super.init(webConnection);
			if (this.begunNanos == null) {
				this.begunNanos = System.nanoTime();
			}
		}

		boolean hasOpenStreams() {
			return this.activeRemoteStreamCount.get() > 0;
		}

		/**
		 * Ask the client once to open no more streams; all that come are answered. A
		 * client that has opened the connection in this very moment did it for a stream.
		 * @param executor waits for what is being written, so that one slow client must
		 * not keep the others from being told
		 */
		void part(Executor executor) {
			Long begun = this.begunNanos;
			if (begun != null && (hasOpenStreams() || System.nanoTime() - begun >= PATIENCE_NANOS)
					&& this.asked.compareAndSet(false, true)) {
				try {
					executor.execute(this::ask);
				}
				catch (RejectedExecutionException ex) {
					this.asked.set(false);
				}
			}
		}

		private void ask() {
			try {
				writeGoAwayFrame(Integer.MAX_VALUE, NO_ERROR, null);
			}
			catch (IOException ex) {
				logger.debug("Cannot ask a client of HTTP/2 to go elsewhere", ex);
			}
		}

	}

}
