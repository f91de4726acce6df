package io.fdwork.internal.queue;

import java.io.IOException;
import java.time.Duration;
import java.util.function.BiConsumer;

import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.descriptor.LineWatch;
import io.fdwork.internal.wire.FrameDefectException;
import io.netty.channel.IoEventLoop;
import org.jspecify.annotations.Nullable;

/**
 * Where one thread gets works from, as others do, in this process and in others: each
 * work goes to one of them. For platform threads only.
 */
public interface WorkSource extends AutoCloseable {

	/**
	 * Get the next work.
	 * @param timeout how long to wait for it; zero to look only
	 * @param onEnd is told once when the work has ended
	 * @param permits where a permit is taken just before the work is, and given back when
	 * it has ended
	 * @return the work, which the caller ends, or {@code null} if none came in time, this
	 * was {@linkplain #wake() woken}, or it {@linkplain #isRefused() was refused}
	 * @throws FrameDefectException if something came that had to be rejected, and was
	 * closed
	 * @throws IOException if nothing can be got now
	 */
	@Nullable GotWork get(Duration timeout, BiConsumer<Work, WorkOutcome> onEnd, WorkPermits permits)
			throws FrameDefectException, IOException;

	/**
	 * Return whether nobody knows whether there is a work: there was no permit to get
	 * with, for instance. For the thread that gets.
	 * @return whether the last get ended for that
	 */
	boolean isRefused();

	/**
	 * Return whether there will be no work any more.
	 * @return whether it is so
	 */
	boolean isOver();

	/**
	 * Let the others go first for some time.
	 * @param nanos for how long, in nanoseconds
	 */
	void standBack(long nanos);

	/**
	 * Return how long this still lets the others go first.
	 * @return the nanoseconds, zero or less if it does not
	 */
	long standingBackNanos();

	/**
	 * Return whether there is nothing to get at this moment. Safe for all threads.
	 * @return {@code true} if there is nothing, or this is closed
	 */
	boolean isEmpty();

	/**
	 * Let the thread that waits for a work return. If none waits, the next one does not.
	 * Safe for all threads.
	 */
	void wake();

	/**
	 * Let an event loop wait for works.
	 * @param loop the event loop, of epoll
	 * @param ready is told, on the event loop, that there is most likely a work
	 * @return what waits, once it is started; to be stopped before this is closed
	 */
	LineWatch watch(IoEventLoop loop, Runnable ready);

	@Override
	void close();

}
