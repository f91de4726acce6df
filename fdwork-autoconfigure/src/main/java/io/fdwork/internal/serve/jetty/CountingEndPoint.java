package io.fdwork.internal.serve.jetty;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.table.Traffic;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * The connection of a work, of which is known how much has been read and written: it is
 * marked as idle once the end of an answer is written, before that is begun.
 */
abstract class CountingEndPoint extends SocketChannelEndPoint {

	private final GotWork work;

	private final Traffic traffic;

	CountingEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler,
			GotWork work) {
		super(channel, selector, key, scheduler);
		this.work = work;
		this.traffic = new Traffic(work.entry());
	}

	GotWork work() {
		return this.work;
	}

	Traffic traffic() {
		return this.traffic;
	}

	/**
	 * Return whether what is being written is the rest of an answer, after which the
	 * client may send the next request, of which nothing has been read.
	 */
	abstract boolean isEndOfAnswer();

	@Override
	public SocketAddress getLocalSocketAddress() {
		SocketAddress local = this.work.localAddress();
		return (local != null) ? local : super.getLocalSocketAddress();
	}

	@Override
	public int fill(ByteBuffer buffer) throws IOException {
		int filled = super.fill(buffer);
		this.traffic.read(filled);
		return filled;
	}

	@Override
	public boolean flush(ByteBuffer... buffers) throws IOException {
		long rest = BufferUtil.remaining(buffers);
		if (isEndOfAnswer()) {
			this.traffic.idleAfter(rest);
		}
		try {
			return super.flush(buffers);
		}
		finally {
			this.traffic.written(rest - BufferUtil.remaining(buffers));
		}
	}

}
