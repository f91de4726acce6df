package io.fdwork.internal.serve.tomcat;

import java.io.IOException;
import java.nio.ByteBuffer;

import io.fdwork.internal.table.Traffic;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketBufferHandler;

/**
 * A channel that counts what is read and written. Tomcat gives it to one connection after
 * another.
 */
final class CountingChannel extends NioChannel {

	CountingChannel(SocketBufferHandler buffers) {
		super(buffers);
	}

	private Traffic traffic() {
		return ((CountingSocketWrapper) this.socketWrapper).traffic();
	}

	@Override
	public int read(ByteBuffer target) throws IOException {
		int read = super.read(target);
		traffic().read(read);
		return read;
	}

	@Override
	public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
		long read = super.read(targets, offset, length);
		traffic().read(read);
		return read;
	}

	@Override
	public int write(ByteBuffer source) throws IOException {
		int written = super.write(source);
		traffic().written(written);
		return written;
	}

	@Override
	public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
		long written = super.write(sources, offset, length);
		traffic().written(written);
		return written;
	}

}
