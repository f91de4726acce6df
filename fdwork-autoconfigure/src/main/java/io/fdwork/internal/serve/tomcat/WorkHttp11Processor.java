package io.fdwork.internal.serve.tomcat;

import java.io.IOException;
import java.util.Enumeration;
import java.util.Locale;

import org.apache.coyote.Adapter;
import org.apache.coyote.Constants;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.http.MimeHeaders;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.SocketWrapperBase;

/**
 * Processes HTTP/1.1 as Tomcat does, and knows where a request ends, and when what is
 * about to be written is the rest of its answer.
 */
final class WorkHttp11Processor extends Http11Processor {

	/**
	 * Of the body of a request that tells its length only as it comes.
	 */
	private static final int UNKNOWN = -1;

	WorkHttp11Processor(AbstractHttp11Protocol<?> protocol, Adapter adapter) {
		super(protocol, adapter);
	}

	@Override
	public SocketState service(SocketWrapperBase<?> socket) throws IOException {
		CountingSocketWrapper connection = (CountingSocketWrapper) socket;
		connection.processedBy(this);
		SocketState state = super.service(socket);
		if (state == SocketState.UPGRADING) {
			connection.processedBy(null);
		}
		return state;
	}

	/**
	 * Return how long the body of the request is whose head has been read.
	 * @return the bytes, or -1 if nobody knows yet
	 */
	long bodyLength() {
		// What is malformed cannot even be asked
		if (getErrorState().isError()) {
			return UNKNOWN;
		}
		return (this.request.getMimeHeaders().getHeader("Transfer-Encoding") != null) ? UNKNOWN
				: Math.max(0, this.request.getContentLengthLong());
	}

	/**
	 * Return whether the answer ends with what Tomcat has in its buffers, and the client
	 * may send another request after it.
	 * @param lastChunk whether that is the last chunk, if the answer has chunks
	 */
	boolean isEndOfAnswer(boolean lastChunk) {
		return this.response.isCommitted() && this.response.getStatus() >= 200 && !isUpgrade()
				&& !getErrorState().isError() && this.request.protocol().equals("HTTP/1.1")
				&& this.request.getAttribute(Constants.SENDFILE_FILENAME_ATTR) == null && isWhole(lastChunk)
				&& isKeptAlive(this.response.getMimeHeaders());
	}

	private boolean isWhole(boolean lastChunk) {
		if (hasNoBody()) {
			return true;
		}
		long length = this.response.getContentLengthLong();
		return (length >= 0) ? this.response.getContentWritten() >= length
				: lastChunk && "chunked".equals(this.response.getMimeHeaders().getHeader("Transfer-Encoding"));
	}

	private boolean hasNoBody() {
		return switch (this.response.getStatus()) {
			case 204, 205, 304 -> true;
			default -> "HEAD".equals(this.request.getMethod());
		};
	}

	private static boolean isKeptAlive(MimeHeaders headers) {
		Enumeration<String> values = headers.values("Connection");
		while (values.hasMoreElements()) {
			if (values.nextElement().toLowerCase(Locale.ROOT).contains("close")) {
				return false;
			}
		}
		return true;
	}

}
