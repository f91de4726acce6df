package io.fdwork.internal.worker;

import java.util.concurrent.TimeUnit;

import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.queue.WorkSource;

/**
 * How whoever has got a work lets the other workers go first. Those who were woken for
 * what is in the queue need a moment until they run; without this, whoever runs already
 * would take it all. For the thread that gets.
 */
final class Courtesy {

	private static final long STAND_BACK_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

	/**
	 * What has waited for longer is left by the others: they are busy.
	 */
	private static final long BUSY_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

	private final WorkSource source;

	private final Company company;

	private boolean othersAreBusy;

	Courtesy(WorkSource source, Company company) {
		this.source = source;
		this.company = company;
	}

	/**
	 * Look how long a work has waited that was got now, and whether others got some, too.
	 */
	void got(GotWork work) {
		this.company.got(work.sequence(), work.gotNanos());
		this.othersAreBusy = work.gotNanos() - work.putNanos() >= BUSY_NANOS;
	}

	/**
	 * Let the others go first, if there are any and they are not busy.
	 */
	void letOthersGoFirst() {
		if (!this.othersAreBusy && this.company.isLikely()) {
			this.source.standBack(STAND_BACK_NANOS);
		}
	}

	/**
	 * Let those of the others run that are busy only for want of a processor. Costs no
	 * time if there are none.
	 */
	void letOthersRun() {
		if (this.othersAreBusy && this.company.isLikely()) {
			Thread.yield();
		}
	}

	/**
	 * Return for how long the others go first.
	 * @return the nanoseconds, zero or less if they do not
	 */
	long leftNanos() {
		return this.source.standingBackNanos();
	}

}
