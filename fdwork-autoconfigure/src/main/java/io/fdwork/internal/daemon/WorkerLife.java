package io.fdwork.internal.daemon;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.LifeObserver;
import io.fdwork.descriptor.LifeWatch;
import org.jspecify.annotations.Nullable;

/**
 * Whether the process of a worker is gone, which the end of its control connection does
 * not say.
 */
final class WorkerLife implements LifeObserver, AutoCloseable {

	/**
	 * The kernel lets go of what a process has one after the other.
	 */
	private static final Duration PATIENCE = Duration.ofMillis(200);

	private final CountDownLatch ended = new CountDownLatch(1);

	private final LifeWatch.Line line;

	private final Runnable onEnd;

	/**
	 * Watch the life of a worker.
	 * @param watch the thread that does
	 * @param end the end of its life line; moved, also if this throws
	 * @param onEnd is told when the process is gone
	 * @throws IOException if it is none
	 */
	WorkerLife(LifeWatch watch, Descriptor end, Runnable onEnd) throws IOException {
		this.onEnd = onEnd;
		this.line = watch.takeForEnd(end, this);
		this.line.start();
	}

	/**
	 * Return why the control connection of a worker has ended, for people.
	 * @param life its life, {@code null} if that cannot be told
	 * @param failure what was seen of the connection
	 */
	static String describe(@Nullable WorkerLife life, IOException failure) {
		if (life != null && life.hasEnded()) {
			return "its process has ended";
		}
		String what = (failure instanceof EOFException) ? "its connection ended without a bye"
				: "its connection failed: " + failure.getMessage();
		return (life != null) ? what + ", and its process lives" : what;
	}

	private boolean hasEnded() {
		try {
			return this.ended.await(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	/**
	 * Return whether the process is known to be gone by now.
	 */
	boolean isOver() {
		return this.ended.getCount() == 0;
	}

	@Override
	public void beat() {
		// Only daemons are heard
	}

	@Override
	public void ended() {
		this.ended.countDown();
		this.onEnd.run();
	}

	@Override
	public void unwatched() {
		// It is not known to be gone then
	}

	@Override
	public void close() {
		this.line.close();
	}

}
