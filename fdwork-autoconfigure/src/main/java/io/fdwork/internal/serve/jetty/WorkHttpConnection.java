package io.fdwork.internal.serve.jetty;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import org.eclipse.jetty.http.HttpGenerator;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 on the connection of a work. It knows whether it is between two requests, and
 * in a drain its responses end the connection unless that can go home.
 */
final class WorkHttpConnection extends HttpConnection {

	/**
	 * How long a client has to read its last answer before the connection is closed.
	 */
	private static final Duration FORGOTTEN_TIME = Duration.ofSeconds(1);

	private final @Nullable WorkEndPoint workEndPoint;

	// Of the thread that writes
	private boolean upgrading;

	private long contentLength;

	private WorkHttpConnection(HttpConfiguration configuration, Connector connector, EndPoint endPoint) {
		super(configuration, connector, endPoint);
		this.workEndPoint = workEndPoint(endPoint);
	}

	private static @Nullable WorkEndPoint workEndPoint(EndPoint endPoint) {
		EndPoint below = endPoint;
		// Those of TLS and of the proxy protocol
		while (below instanceof EndPoint.Wrapper wrapper) {
			below = wrapper.unwrap();
		}
		return (below instanceof WorkEndPoint own) ? own : null;
	}

	/**
	 * Return whether all requests are answered and nothing of the next one has been read.
	 * For whoever may read from the connection.
	 */
	boolean isBetweenRequests() {
		return isRequestBufferEmpty() && getParser().isStart() && getParser().getHeaderLength() == 0
				&& getHttpChannel().getRequest() == null;
	}

	/**
	 * Return whether what is being written is the rest of an answer, after which the
	 * client may send the next request, of which nothing has been read. For whoever
	 * writes.
	 */
	boolean isEndOfAnswer() {
		return !this.upgrading && isLastOfAnswer(getGenerator()) && getGenerator().isPersistent()
				&& isRequestRead(getParser()) && isRequestBufferEmpty();
	}

	// The parser may not have been asked for the end yet
	private static boolean isRequestRead(HttpParser parser) {
		return parser.isState(HttpParser.State.END)
				|| (parser.isState(HttpParser.State.CONTENT) && parser.getContentRead() == parser.getContentLength());
	}

	// It may be known only later that nothing follows
	private boolean isLastOfAnswer(HttpGenerator generator) {
		return !generator.isChunking() && (generator.isState(HttpGenerator.State.COMPLETING)
				|| (generator.isState(HttpGenerator.State.COMMITTED) && this.contentLength >= 0
						&& generator.getContentPrepared() >= this.contentLength));
	}

	@Override
	public void onFillable() {
		WorkEndPoint endPoint = this.workEndPoint;
		if (endPoint == null) {
			super.onFillable();
			return;
		}
		long turn = endPoint.activity().begin();
		try {
			super.onFillable();
		}
		finally {
			if (endPoint.activity().end(turn) && isForgotten()) {
				getConnector().getScheduler()
					.schedule(() -> closeForgotten(endPoint, turn), FORGOTTEN_TIME.toNanos(), TimeUnit.NANOSECONDS);
			}
		}
	}

	/**
	 * Jetty reads no more from a connection whose request was malformed if more came
	 * after it, and does not see that the client has gone.
	 */
	private boolean isForgotten() {
		return getEndPoint().isOpen() && getEndPoint().getConnection() == this && !isFillInterested()
				&& getHttpChannel().getRequest() == null;
	}

	private void closeForgotten(WorkEndPoint endPoint, long turn) {
		if (endPoint.activity().isSuspendedSince(turn) && isForgotten()) {
			getEndPoint().close();
		}
	}

	@Override
	protected HttpStreamOverHTTP1 newHttpStream(String method, String uri, HttpVersion version) {
		if (this.workEndPoint != null) {
			this.workEndPoint.requested();
		}
		return new WorkHttpStream(method, uri, version);
	}

	/**
	 * Makes such connections in the place of another factory.
	 */
	static final class Factory extends HttpConnectionFactory {

		Factory(HttpConnectionFactory replaced) {
			super(replaced.getHttpConfiguration());
			setTransferEncodingChunkMaxLength(replaced.getTransferEncodingChunkMaxLength());
		}

		@Override
		public Connection newConnection(Connector connector, EndPoint endPoint) {
			WorkHttpConnection connection = new WorkHttpConnection(getHttpConfiguration(), connector, endPoint);
			connection.setTransferEncodingChunkMaxLength(getTransferEncodingChunkMaxLength());
			return configure(connection, connector, endPoint);
		}

	}

	/**
	 * A request and its response.
	 */
	private final class WorkHttpStream extends HttpStreamOverHTTP1 {

		WorkHttpStream(String method, String uri, HttpVersion version) {
			super(method, uri, version);
		}

		@Override
		public void send(MetaData.Request request, MetaData.@Nullable Response response, boolean last,
				ByteBuffer content, Callback callback) {
			WorkEndPoint endPoint = WorkHttpConnection.this.workEndPoint;
			if (response != null && endPoint != null && endPoint.isToEnd()) {
				getGenerator().setPersistent(false);
			}
			if (response != null) {
				WorkHttpConnection.this.upgrading = isUpgrade(request, response);
				WorkHttpConnection.this.contentLength = response.getContentLength();
			}
			super.send(request, response, last, content, callback);
		}

		private static boolean isUpgrade(MetaData.Request request, MetaData.Response response) {
			return response.getStatus() == HttpStatus.SWITCHING_PROTOCOLS_101
					|| HttpMethod.CONNECT.is(request.getMethod());
		}

	}

}
