package io.fdwork.internal.worker;

import java.util.concurrent.TimeUnit;

/**
 * Gets on a thread of its own.
 */
final class ThreadGetTask implements GetTask {

	private final GetLoop gets;

	private final Thread thread;

	ThreadGetTask(GetLoop gets, String threadName) {
		this.gets = gets;
		this.thread = new Thread(gets, threadName);
		this.thread.setDaemon(true);
	}

	@Override
	public GetLoop gets() {
		return this.gets;
	}

	@Override
	public void start() {
		this.thread.start();
	}

	@Override
	public void wake() {
		this.gets.wake();
	}

	@Override
	public void permitReleased() {
		// It waits for one
	}

	@Override
	public void permitsExhausted() {
		if (this.gets.isInLine()) {
			this.gets.wake();
		}
	}

	@Override
	public boolean isBlocked() {
		// By a handler, which has a permit
		return false;
	}

	@Override
	public boolean isOver() {
		return !this.thread.isAlive();
	}

	@Override
	public void join(long deadlineNanos) throws InterruptedException {
		long left = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
		if (left > 0) {
			this.thread.join(left);
		}
	}

}
