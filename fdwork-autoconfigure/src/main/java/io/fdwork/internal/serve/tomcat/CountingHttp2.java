package io.fdwork.internal.serve.tomcat;

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

/**
 * HTTP/2 of Tomcat, as it is configured, whose connections tell whether streams are open.
 */
final class CountingHttp2 implements UpgradeProtocol {

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
	 * One connection.
	 */
	static final class Handler extends Http2AsyncUpgradeHandler {

		private Handler(Http2Protocol http2, Adapter adapter, @Nullable Request request, SocketWrapperBase<?> socket) {
			super(http2, adapter, request, socket);
		}

		boolean hasOpenStreams() {
			return this.activeRemoteStreamCount.get() > 0;
		}

	}

}
