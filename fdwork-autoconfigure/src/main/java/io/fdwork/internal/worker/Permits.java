package io.fdwork.internal.worker;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.queue.WorkPermits;

/**
 * The permits to serve works of one queue, whose number can be changed at any time, and
 * the places for those in hand, whose number is fixed. Taking permits away disturbs no
 * work: there are none for new ones until enough are idle or have ended.
 * <p>
 * In a slow start there is one at first, and one more with each answer. The others are
 * there, and said to be: who has no permit leaves the works to the other workers, and
 * whoever finds that those do not serve them ends it.
 */
final class Permits implements WorkPermits {

	/**
	 * For how long a work waits that nobody else could get. Longer than others need to
	 * wake up while a JVM that starts has the processors.
	 */
	static final long WAITED_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

	/**
	 * How often it is looked whether works wait, as an event loop does.
	 */
	private static final Duration LOOK_INTERVAL = EventLoopGetTask.LOOK_INTERVAL;

	private final int configured;

	private final Reducible free;

	private final Reducible places;

	private final int slowAnswers;

	private int total;

	// Those that a slow start has given
	private volatile int given;

	private volatile Runnable onRelease = () -> {
	};

	private volatile Runnable onExhausted = () -> {
	};

	private volatile LongConsumer onServed = (nanos) -> {
	};

	/**
	 * Create permits.
	 * @param configured how many works are served at once, at most
	 * @param places how many works are in hand, at most, the idle ones included
	 */
	Permits(int configured, int places) {
		this(configured, places, 0);
	}

	/**
	 * Create permits.
	 * @param configured how many works are served at once, at most
	 * @param places how many works are in hand, at most, the idle ones included
	 * @param slowAnswers after how many answers there are all, 0 for no slow start
	 */
	Permits(int configured, int places, int slowAnswers) {
		this.configured = configured;
		this.total = configured;
		this.slowAnswers = slowAnswers;
		this.given = (slowAnswers > 0) ? 1 : configured;
		this.free = new Reducible(effective());
		this.places = new Reducible(places);
	}

	/**
	 * Set who is told, on whatever thread, when there is one more permit or place.
	 */
	void onRelease(Runnable onRelease) {
		this.onRelease = onRelease;
	}

	/**
	 * Set who is told, on whatever thread, when a work has taken the last permit or
	 * place: nobody who waits to get can get then.
	 */
	void onExhausted(Runnable onExhausted) {
		this.onExhausted = onExhausted;
	}

	/**
	 * Set who is told, on whatever thread, for how many nanoseconds a work was served
	 * without a break.
	 */
	void onServed(LongConsumer onServed) {
		this.onServed = onServed;
	}

	@Override
	public boolean isOpen() {
		return this.free.availablePermits() > 0 && this.places.availablePermits() > 0;
	}

	/**
	 * Wait until there is what a work needs to enter, and take nothing. Not for long in a
	 * slow start: works may be waiting.
	 * @return whether there is
	 */
	boolean await(Duration atMost) throws InterruptedException {
		Duration timeout = (isSlow() && atMost.compareTo(LOOK_INTERVAL) > 0) ? LOOK_INTERVAL : atMost;
		return isOpen() || (await(this.places, timeout) && await(this.free, timeout));
	}

	private static boolean await(Semaphore semaphore, Duration timeout) throws InterruptedException {
		if (!semaphore.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
			return false;
		}
		semaphore.release();
		return true;
	}

	@Override
	public boolean tryEnter() {
		if (!this.places.tryAcquire()) {
			return false;
		}
		if (!this.free.tryAcquire()) {
			leave();
			return false;
		}
		return true;
	}

	/**
	 * Take what a work needs also if there is none: until enough works are idle or have
	 * ended, none is got.
	 */
	void enterAnyway() {
		this.places.reducePermits(1);
		acquireAnyway();
	}

	@Override
	public void leave() {
		this.places.release();
		this.onRelease.run();
	}

	@Override
	public boolean tryAcquire() {
		boolean acquired = this.free.tryAcquire();
		if (acquired) {
			tellIfExhausted();
		}
		return acquired;
	}

	@Override
	public void acquireAnyway() {
		this.free.reducePermits(1);
		tellIfExhausted();
	}

	@Override
	public void entered() {
		tellIfExhausted();
	}

	private void tellIfExhausted() {
		if (!isOpen()) {
			this.onExhausted.run();
		}
	}

	@Override
	public void served(long nanos) {
		this.onServed.accept(nanos);
		if (isSlow()) {
			giveOne();
		}
	}

	/**
	 * Return whether there are fewer permits than said, as this has just started.
	 */
	boolean isSlow() {
		return this.given < this.configured;
	}

	/**
	 * Look whether others serve what this does not. They do not, if a work has waited for
	 * long, or is the first of its queue, of which nobody has got anything then.
	 * @param work a work that was got now
	 */
	void got(GotWork work) {
		if (isSlow() && (work.gotNanos() - work.putNanos() >= WAITED_NANOS || work.sequence() == 1)) {
			giveAll();
		}
	}

	/**
	 * Go on with the slow start, as works wait that have no permit: there is one more.
	 */
	void hurry() {
		if (!isOpen()) {
			giveOne();
		}
	}

	private void giveOne() {
		give(1);
	}

	/**
	 * End the slow start: there are all permits.
	 */
	void giveAll() {
		give(this.configured);
	}

	private void give(int more) {
		synchronized (this) {
			int before = effective();
			// Without an overflow, and as many as they like after so many answers
			int given = Math.min(this.configured - this.given, more) + this.given;
			this.given = (given > this.slowAnswers) ? this.configured : given;
			this.free.release(effective() - before);
		}
		this.onRelease.run();
	}

	private int effective() {
		return Math.min(this.total, this.given);
	}

	@Override
	public void release() {
		this.free.release();
		this.onRelease.run();
	}

	/**
	 * Change the number of permits.
	 * @param wanted how many there should be, 0 for as many as configured. There are at
	 * least 1, and never more than configured
	 */
	synchronized void resize(int wanted) {
		int before = effective();
		this.total = (wanted <= 0) ? this.configured : Math.min(wanted, this.configured);
		int next = effective();
		if (next > before) {
			this.free.release(next - before);
		}
		else {
			this.free.reducePermits(before - next);
		}
	}

	synchronized int total() {
		return this.total;
	}

	/**
	 * Return how many permits are in use: more than there are, when some were taken away
	 * or works are served anyway.
	 */
	synchronized int used() {
		return effective() - this.free.availablePermits();
	}

	/**
	 * A semaphore whose permits can be taken away while they are in use.
	 */
	private static final class Reducible extends Semaphore {

		private static final long serialVersionUID = 1L;

		Reducible(int permits) {
			super(permits);
		}

		@Override
		protected void reducePermits(int reduction) {
			super.reducePermits(reduction);
		}

	}

}
