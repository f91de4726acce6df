package io.fdwork.worker;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import io.fdwork.descriptor.MessageWatch;
import io.netty.channel.IoEventLoop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets on an event loop, which serves what it gets: no thread hands anything to another.
 * While it is busy the kernel asks another worker.
 */
final class EventLoopGetTask implements GetTask {

	private static final Logger logger = LoggerFactory.getLogger(EventLoopGetTask.class);

	/**
	 * How many works that end at once are served before the other connections of the event
	 * loop have their turn.
	 */
	private static final int MAX_IN_A_ROW = 16;

	/**
	 * How long one stays in front of the line. Works that come one
	 * upon the other go to who has just served one, whose caches are warm; those that come
	 * now and then go to each in turn.
	 */
	private static final Duration TIME_IN_FRONT = Duration.ofMillis(1);

	/**
	 * Nobody tells when a descriptor is closed, for instance.
	 */
	private static final Duration RETRY_INTERVAL = Duration.ofMillis(100);

	private final GetLoop gets;

	private final IoEventLoop loop;

	private final MessageWatch watch;

	private final CountDownLatch over = new CountDownLatch(1);

	private volatile boolean heldBack;

	// The rest is of the event loop alone
	private boolean retrying;

	private long movedBackNanos = System.nanoTime();

	EventLoopGetTask(GetLoop gets, IoEventLoop loop) {
		this.gets = gets;
		this.loop = loop;
		this.watch = gets.watch(loop, this::getSome, this::end);
		gets.onRelease(this::released);
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
			end();
		}
	}

	private void released() {
		if (this.heldBack) {
			wake();
		}
	}

	private void getSome() {
		this.heldBack = false;
		for (int i = 0; i < MAX_IN_A_ROW && !isOver(); i++) {
			switch (this.gets.step()) {
				case SERVED, REJECTED -> logger.trace("Next");
				case IN_HAND, EMPTY -> {
					awaitNext();
					return;
				}
				case HELD_BACK -> {
					if (this.heldBack) {
						retryLater();
						return;
					}
					// Once more, for what has ended before it was known that somebody waits for it
					this.heldBack = true;
				}
				case FAILED -> {
					retryLater();
					return;
				}
				case OVER -> end();
			}
		}
		if (!isOver()) {
			this.watch.start();
		}
	}

	private void awaitNext() {
		if (System.nanoTime() - this.movedBackNanos > TIME_IN_FRONT.toNanos()) {
			this.watch.moveBack();
			this.movedBackNanos = System.nanoTime();
		}
		else {
			this.watch.start();
		}
	}

	private void retryLater() {
		this.watch.stop();
		if (!this.retrying) {
			this.retrying = true;
			this.loop.schedule(this::retry, RETRY_INTERVAL.toNanos(), TimeUnit.NANOSECONDS);
		}
	}

	private void retry() {
		this.retrying = false;
		getSome();
	}

	private void end() {
		if (!isOver()) {
			this.watch.stop();
			this.gets.close();
			this.over.countDown();
		}
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
