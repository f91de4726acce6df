package io.fdwork.internal.worker;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import io.fdwork.descriptor.LineWatch;
import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.FutureListener;
import io.netty.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets on an event loop, which serves what it gets: no thread hands anything to another.
 * While it is busy the kernel asks another worker.
 * <p>
 * Whoever waits in the line of the queue must be able to get: the kernel wakes one for
 * each work, and nobody else when that one takes nothing. So an event loop that lacks
 * something leaves the line before it waits for other events. What cannot be told in time
 * (a process that is killed when it has just been woken) is found by looking now and
 * then.
 */
final class EventLoopGetTask implements GetTask {

	private static final Logger logger = LoggerFactory.getLogger(EventLoopGetTask.class);

	/**
	 * How many works that end at once are served before the other connections of the
	 * event loop have their turn.
	 */
	private static final int MAX_IN_A_ROW = 16;

	/**
	 * How long one stays in front of the line that has ended each work at once. Such
	 * works go to who has just served one, whose caches are warm; those that come now and
	 * then go to each in turn, and so do those that stay in hand.
	 */
	private static final Duration TIME_IN_FRONT = Duration.ofMillis(1);

	/**
	 * How often an event loop looks without having been told to. Nobody tells when a
	 * descriptor is closed, for instance.
	 */
	static final Duration LOOK_INTERVAL = Duration.ofMillis(200);

	private final GetLoop gets;

	private final IoEventLoop loop;

	private final LineWatch watch;

	private final CountDownLatch over = new CountDownLatch(1);

	private final FutureListener<Object> loopEnd = (ended) -> endAfterLoop();

	private volatile boolean heldBack;

	private volatile long lookedNanos = System.nanoTime();

	private final Duration lookInterval;

	// The rest is of the event loop alone
	private boolean asked;

	private long movedBackNanos = System.nanoTime();

	private long inFrontNanos = TIME_IN_FRONT.toNanos();

	private @Nullable ScheduledFuture<?> looking;

	/**
	 * Create a task.
	 * @param gets what is stepped; without patience
	 * @param loop the event loop
	 * @param lookInterval how often it looks without having been told to
	 */
	EventLoopGetTask(GetLoop gets, IoEventLoop loop, Duration lookInterval) {
		this.gets = gets;
		this.loop = loop;
		this.lookInterval = lookInterval;
		this.watch = gets.watch(loop, this::getAfterOthers);
		// Not all that is registered with an event loop is told when it ends
		loop.terminationFuture().addListener(this.loopEnd);
	}

	@Override
	public GetLoop gets() {
		return this.gets;
	}

	@Override
	public void start() {
		wake();
	}

	@Override
	public void wake() {
		try {
			this.loop.execute(this::getSome);
		}
		catch (RejectedExecutionException ex) {
			logger.debug("The event loop has ended", ex);
			endAfterLoop();
		}
	}

	@Override
	public void permitReleased() {
		if (this.heldBack) {
			wake();
		}
	}

	@Override
	public void permitsExhausted() {
		if (!this.heldBack) {
			wake();
		}
	}

	/**
	 * Get when what else has happened at the same time has been handled. That may block,
	 * and another one can get what was not got before.
	 */
	private void getAfterOthers() {
		if (this.asked) {
			return;
		}
		this.asked = true;
		long back = this.gets.courtesy().leftNanos();
		if (back > 0) {
			this.watch.stop();
			this.loop.schedule(this::getAsAsked, back, TimeUnit.NANOSECONDS);
		}
		else {
			this.loop.execute(this::getAsAsked);
		}
	}

	private void getAsAsked() {
		this.asked = false;
		getSome();
	}

	private void getSome() {
		if (isOver()) {
			return;
		}
		this.lookedNanos = System.nanoTime();
		try {
			lookNowAndThen();
			if (getInARow()) {
				stayInLine();
			}
		}
		catch (RuntimeException | Error ex) {
			// For instance fs.epoll.max_user_watches. It is tried again
			logger.error("Cannot wait for the queue", ex);
		}
	}

	/**
	 * Get until there is nothing more, or others should have their turn.
	 * @return whether to wait for more
	 */
	private boolean getInARow() {
		this.heldBack = false;
		for (int i = 0; i < MAX_IN_A_ROW; i++) {
			switch (this.gets.step()) {
				case SERVED, REJECTED -> logger.trace("Next");
				case IN_HAND -> {
					this.inFrontNanos = 0;
					this.gets.courtesy().letOthersGoFirst();
					return isNotExhausted();
				}
				case EMPTY -> {
					return true;
				}
				case HELD_BACK -> {
					if (this.heldBack) {
						this.watch.stop();
						return false;
					}
					// Once more, for what has ended before it was
					// known that somebody waits for it
					this.heldBack = true;
				}
				case FAILED -> {
					this.watch.stop();
					return false;
				}
				case OVER -> {
					end();
					return false;
				}
			}
		}
		return true;
	}

	private boolean isNotExhausted() {
		if (this.gets.hasPermit()) {
			return true;
		}
		// It was woken when its work has entered, for a permit that
		// is released before it is known who waits for it
		this.watch.stop();
		this.heldBack = true;
		return false;
	}

	private void stayInLine() {
		long now = System.nanoTime();
		if (now - this.movedBackNanos > this.inFrontNanos) {
			this.watch.moveBack();
			this.movedBackNanos = now;
			this.inFrontNanos = TIME_IN_FRONT.toNanos();
		}
		else {
			this.watch.start();
		}
	}

	private void lookNowAndThen() {
		if (this.looking == null) {
			long interval = this.lookInterval.toNanos();
			this.looking = this.loop.scheduleWithFixedDelay(this::look, interval, interval, TimeUnit.NANOSECONDS);
		}
	}

	private void look() {
		this.gets.hurryIfAwaited();
		getSome();
	}

	private void end() {
		this.watch.stop();
		if (this.looking != null) {
			this.looking.cancel(false);
		}
		this.loop.terminationFuture().removeListener(this.loopEnd);
		endAfterLoop();
	}

	/**
	 * End, without what the event loop knows of this.
	 */
	private synchronized void endAfterLoop() {
		if (!isOver()) {
			this.gets.close();
			this.over.countDown();
		}
	}

	@Override
	public boolean isBlocked() {
		return System.nanoTime() - this.lookedNanos > 2 * this.lookInterval.toNanos();
	}

	@Override
	public boolean isOver() {
		return this.over.getCount() == 0;
	}

	@Override
	public void join(long deadlineNanos) throws InterruptedException {
		if (!this.over.await(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS)) {
			logger.debug("The event loop has something else to do");
		}
	}

}
