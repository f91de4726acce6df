package io.fdwork.internal.queue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

import io.fdwork.RequestId;
import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.descriptor.LineWatch;
import io.fdwork.descriptor.SharedAcceptor;
import io.fdwork.descriptor.SharedListener;
import io.fdwork.descriptor.TcpConnection;
import io.fdwork.internal.wire.WorkMetadata;
import io.netty.channel.IoEventLoop;
import org.jspecify.annotations.Nullable;

/**
 * Gets works by accepting connections, which no daemon puts: each is put and got at the
 * moment when it is accepted. Each thread has its own; for platform threads only.
 */
public final class AcceptSource implements WorkSource {

	private static final byte[] NO_PAYLOAD = {};

	private final String queue;

	private final SharedListener listener;

	private final SharedAcceptor acceptor;

	private final Runnable onAccept;

	/**
	 * Create a source.
	 * @param queue the queue that the works belong to
	 * @param listener where it accepts; stays the caller's
	 * @param onAccept is told of each work
	 * @throws IOException if the process has no descriptor left
	 */
	public AcceptSource(String queue, SharedListener listener, Runnable onAccept) throws IOException {
		this.queue = queue;
		this.onAccept = onAccept;
		this.listener = listener;
		this.acceptor = listener.newAcceptor();
	}

	@Override
	public @Nullable GotWork get(Duration timeout, BiConsumer<Work, WorkOutcome> onEnd, WorkPermits permits)
			throws IOException {
		TcpConnection connection = this.acceptor.accept(timeout, permits);
		if (connection == null) {
			return null;
		}
		this.onAccept.run();
		long now = System.nanoTime();
		WorkMetadata metadata = new WorkMetadata(RequestId.next(), this.queue, 0, now, connection.remote(),
				connection.local(), Map.of(), NO_PAYLOAD);
		return new GotWork(metadata, List.of(connection.descriptor()), now, onEnd, permits);
	}

	@Override
	public boolean isRefused() {
		return this.acceptor.isRefused();
	}

	@Override
	public boolean isOver() {
		return this.listener.isOver();
	}

	@Override
	public void standBack(long nanos) {
		this.acceptor.standBack(nanos);
	}

	@Override
	public long standingBackNanos() {
		return this.acceptor.standingBackNanos();
	}

	@Override
	public boolean isEmpty() {
		return this.acceptor.isEmpty();
	}

	@Override
	public void wake() {
		this.acceptor.wake();
	}

	@Override
	public LineWatch watch(IoEventLoop loop, Runnable ready) {
		return this.acceptor.watch(loop, ready);
	}

	@Override
	public void close() {
		this.acceptor.close();
	}

}
