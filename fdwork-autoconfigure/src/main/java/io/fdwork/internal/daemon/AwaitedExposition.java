package io.fdwork.internal.daemon;

import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.ControlProtocolException;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one worker, while they come piece by piece. One thread waits for them,
 * and another takes the pieces.
 */
final class AwaitedExposition {

	private static final byte[] NOTHING = {};

	private final long id;

	private final DaemonSnapshot.WorkerSnapshot worker;

	private final ScrapeRequest request;

	private final int limit;

	private final CountDownLatch ended = new CountDownLatch(1);

	// Guarded by this
	private byte[] text = NOTHING;

	private int length = -1;

	private int filled;

	private @Nullable End end;

	/**
	 * Create what is waited for.
	 * @param id tells it from others
	 * @param limit how many bytes it may have
	 */
	AwaitedExposition(long id, DaemonSnapshot.WorkerSnapshot worker, ScrapeRequest request, int limit) {
		this.id = id;
		this.worker = worker;
		this.request = request;
		this.limit = limit;
	}

	long id() {
		return this.id;
	}

	DaemonSnapshot.WorkerSnapshot worker() {
		return this.worker;
	}

	/**
	 * Return the message that asks for the next piece.
	 */
	synchronized ControlMessage.Scrape next() {
		return new ControlMessage.Scrape(this.id, this.request.format(), this.request.names(), this.limit, this.filled);
	}

	/**
	 * Take a piece.
	 * @return whether to ask for another one
	 */
	synchronized boolean add(ControlMessage.Exposition exposition) throws ControlProtocolException {
		if (this.end != null) {
			// Nobody waits any more
			return false;
		}
		if (this.length < 0 && (exposition.length() <= 0 || exposition.length() > this.limit)) {
			this.length = exposition.length();
			finish((this.length == 0) ? End.NONE : (this.length < 0) ? End.NOT_WRITTEN : End.TOO_LARGE);
			return false;
		}
		byte[] piece = exposition.piece();
		if (piece == null || piece.length == 0 || piece.length > exposition.length() - this.filled
				|| (this.length >= 0 && exposition.length() != this.length)) {
			throw new ControlProtocolException("sent a piece of an exposition that does not fit");
		}
		if (this.length < 0) {
			this.length = exposition.length();
			this.text = new byte[this.length];
		}
		System.arraycopy(piece, 0, this.text, this.filled, piece.length);
		this.filled += piece.length;
		if (this.filled == this.length) {
			finish(End.WHOLE);
		}
		return this.end == null;
	}

	/**
	 * Note that the worker has left.
	 */
	synchronized void leave() {
		if (this.end == null) {
			finish(End.NONE);
		}
	}

	private void finish(End end) {
		this.end = end;
		this.ended.countDown();
	}

	/**
	 * Wait for the last piece. If it does not come in time, those that come later are of
	 * no use any more.
	 */
	End await(long deadlineNanos) throws InterruptedException {
		if (!this.ended.await(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS)) {
			giveUp();
		}
		synchronized (this) {
			return Objects.requireNonNull(this.end);
		}
	}

	private synchronized void giveUp() {
		if (this.end == null) {
			finish(End.LATE);
			this.text = NOTHING;
		}
	}

	/**
	 * Return the whole, if it has come.
	 */
	synchronized byte[] text() {
		return this.text;
	}

	/**
	 * Return how many bytes the worker has announced.
	 */
	synchronized int length() {
		return this.length;
	}

	/**
	 * How the wait has ended.
	 */
	enum End {

		/**
		 * All has come.
		 */
		WHOLE,

		/**
		 * There is nothing, or nobody any more.
		 */
		NONE,

		/**
		 * There is more than is taken.
		 */
		TOO_LARGE,

		/**
		 * The worker could not write it.
		 */
		NOT_WRITTEN,

		/**
		 * It has not come in time.
		 */
		LATE

	}

}
