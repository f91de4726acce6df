package io.fdwork.descriptor;

import java.io.IOException;
import java.time.Duration;

import io.netty.channel.IoEventLoop;
import org.jspecify.annotations.Nullable;

/**
 * One thread's way of taking from a socket that several processes take from: each thing
 * goes to one of them. For platform threads only.
 *
 * @param <T> what is taken
 */
abstract class Taker<T> implements AutoCloseable {

	private final Descriptor descriptor;

	private final LineWait wait;

	private volatile boolean woken;

	// Of the thread that takes
	private boolean refused;

	private long notBeforeNanos = System.nanoTime();

	/**
	 * Create what takes.
	 * @param descriptor the socket to take from, owned from now on
	 * @param wait how the threads of this process wait for what that socket brings; this
	 * has {@linkplain LineWait#join() joined} it
	 */
	Taker(Descriptor descriptor, LineWait wait) {
		this.descriptor = descriptor;
		this.wait = wait;
	}

	final Descriptor descriptor() {
		return this.descriptor;
	}

	/**
	 * Take one, waiting for it.
	 * @param timeout how long to wait; zero to look only
	 * @param admission is asked before each look; one that refuses ends the wait
	 * @return what was taken, or {@code null} if nothing came in time, this was
	 * {@linkplain #wake() woken}, or the admission was {@linkplain #isRefused() refused}
	 */
	final @Nullable T take(Duration timeout, Admission admission) throws IOException {
		this.refused = false;
		if (timeout.isZero() || !this.wait.isStandingBack()) {
			T taken = look(admission);
			if (taken != null || this.refused || timeout.isZero()) {
				return taken;
			}
		}
		try {
			return this.wait.take(this, timeout, admission);
		}
		finally {
			this.woken = false;
		}
	}

	/**
	 * Let the thread that waits return, after another look. If none waits, the next one
	 * that would does not. While another one of the same socket waits and is not woken,
	 * it goes first. Safe for all threads.
	 */
	public void wake() {
		this.woken = true;
		this.wait.wake();
	}

	/**
	 * Let the others go first: those who were woken for what is there now may need a
	 * moment until they run. Whoever waits here leaves them what comes meanwhile, until
	 * the time is over. For the thread that takes.
	 * @param nanos for how long, in nanoseconds
	 */
	public void standBack(long nanos) {
		this.notBeforeNanos = System.nanoTime() + nanos;
		this.wait.standBack(this.notBeforeNanos);
	}

	/**
	 * Return how long this still lets the others go first. Who looks without waiting asks
	 * for that itself.
	 * @return the nanoseconds, zero or less if it does not
	 */
	public long standingBackNanos() {
		return this.notBeforeNanos - System.nanoTime();
	}

	/**
	 * Take one, if it is admitted and there is one.
	 */
	final @Nullable T look(Admission admission) throws IOException {
		this.refused = !admission.tryEnter();
		if (this.refused) {
			return null;
		}
		T taken = null;
		try {
			taken = takeNow();
			if (taken != null) {
				admission.entered();
			}
			return taken;
		}
		finally {
			if (taken == null) {
				admission.exit();
			}
		}
	}

	/**
	 * Take one, if there is one.
	 * @return what was taken, {@code null} if nothing is there
	 */
	abstract @Nullable T takeNow() throws IOException;

	/**
	 * Return whether the last look was refused, so that nobody knows whether there is
	 * something to take. For the thread that takes.
	 * @return whether it was
	 */
	public boolean isRefused() {
		return this.refused;
	}

	/**
	 * Return whether what comes now would be admitted, as {@link #isRefused()} says then.
	 */
	final boolean isAdmitted(Admission admission) {
		this.refused = !admission.isOpen();
		return !this.refused;
	}

	final boolean isWoken() {
		return this.woken;
	}

	/**
	 * Return whether there is nothing to take. Safe for all threads.
	 * @return {@code true} if nothing is there at this moment, or this is closed
	 */
	public abstract boolean isEmpty();

	/**
	 * Let an event loop wait for something to take.
	 * @param loop the event loop, of epoll
	 * @param ready is told, on the event loop, that there is most likely something
	 * @return what waits, once it is started; to be stopped before this is closed
	 */
	public LineWatch watch(IoEventLoop loop, Runnable ready) {
		return new LineWatch(this.descriptor, (handle) -> loop.register(handle).syncUninterruptibly().getNow(), ready);
	}

	@Override
	public void close() {
		this.descriptor.close();
		this.wait.leave();
	}

}
