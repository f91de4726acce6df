package io.fdwork.internal.serve.tomcat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import io.fdwork.internal.table.Traffic;
import org.apache.tomcat.util.net.ApplicationBufferHandler;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.NioEndpoint.SendfileData;
import org.apache.tomcat.util.net.SendfileKeepAliveState;
import org.jspecify.annotations.Nullable;

/**
 * A connection that knows how much has been read and written, and so marks where it is
 * idle: before the last bytes of an answer are written, if what was read is just its
 * request.
 */
class CountingSocketWrapper extends LateSocketWrapper {

	// As Tomcat writes it, all at once
	private static final ByteBuffer LAST_CHUNK = ByteBuffer.wrap("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

	private static final long UNKNOWN = -1;

	private final Traffic traffic;

	private volatile @Nullable ApplicationBufferHandler input;

	private volatile @Nullable WorkHttp11Processor processor;

	// What will have been read when the request has been
	private volatile long requestEnd = UNKNOWN;

	private volatile boolean lastChunk;

	CountingSocketWrapper(NioChannel channel, NioEndpoint endpoint, Traffic traffic) {
		super(channel, endpoint);
		this.traffic = traffic;
	}

	Traffic traffic() {
		return this.traffic;
	}

	/**
	 * Say who processes the connection.
	 * @param processor who does, {@code null} for nobody who speaks HTTP/1.1
	 */
	void processedBy(@Nullable WorkHttp11Processor processor) {
		this.processor = processor;
		this.requestEnd = UNKNOWN;
	}

	@Override
	public void setAppReadBufHandler(ApplicationBufferHandler handler) {
		this.input = handler;
		super.setAppReadBufHandler(handler);
	}

	/**
	 * The head of a request has been read, and nothing of it was answered.
	 */
	@Override
	public int decrementKeepAlive() {
		WorkHttp11Processor processor = this.processor;
		ApplicationBufferHandler input = this.input;
		long body = (processor != null) ? processor.bodyLength() : UNKNOWN;
		if (input != null && body >= 0) {
			this.socketBufferHandler.configureReadBufferForRead();
			int afterHead = input.getByteBuffer().remaining() + this.socketBufferHandler.getReadBuffer().remaining();
			this.requestEnd = this.traffic.read() - afterHead + body;
		}
		else {
			this.requestEnd = UNKNOWN;
		}
		return super.decrementKeepAlive();
	}

	@Override
	protected void writeBlocking(ByteBuffer from) throws IOException {
		this.lastChunk = from.equals(LAST_CHUNK);
		super.writeBlocking(from);
	}

	@Override
	public boolean flush(boolean block) throws IOException {
		WorkHttp11Processor processor = this.processor;
		// What is left of an answer that does not block is not all in one buffer
		if (block && processor != null && isRequestRead() && processor.isEndOfAnswer(this.lastChunk)) {
			this.socketBufferHandler.configureWriteBufferForRead();
			this.traffic.idleAfter(this.socketBufferHandler.getWriteBuffer().remaining());
		}
		return super.flush(block);
	}

	/**
	 * Return whether nothing but the request that is being answered has been read, and
	 * that all.
	 */
	private boolean isRequestRead() {
		return this.requestEnd == this.traffic.read();
	}

	/**
	 * The rest of an answer is a file, which is written without this.
	 */
	@Override
	public void setSendfileData(@Nullable SendfileData file) {
		if (file != null) {
			if (file.keepAliveState == SendfileKeepAliveState.OPEN && isRequestRead()) {
				this.traffic.idleAfter(file.length);
			}
			this.traffic.written(file.length);
		}
		super.setSendfileData(file);
	}

}
