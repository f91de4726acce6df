package io.fdwork.internal.fleet;

import java.time.Duration;

import io.fdwork.fleet.ScalingFigures;
import io.fdwork.fleet.ScalingRule;

/**
 * Keeps the wait in the queue below a target, the goal-oriented way of the original (US
 * 6,192,389): grows when requests wait longer than that while every worker is busy, and
 * shrinks to what the busiest moment of the idle time needed.
 * <p>
 * It grows by half, and only when the workers that it asked for before are there and the
 * need has lasted for a second. It shrinks only when fewer workers would still have had
 * room to spare for the whole of the idle time. Between the two is a gap in which nothing
 * changes, so that noise does not show.
 */
final class GoalScalingRule implements ScalingRule {

	/**
	 * How long requests must have waited too long before there are more workers.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(1);

	/**
	 * How much of the capacity may be used after the fleet has shrunk.
	 */
	private static final double MAX_UTILISATION = 0.7;

	private final Duration scaleUpAfter;

	private final Duration idleTime;

	private long shortSince = Long.MIN_VALUE;

	private long peakSince = Long.MIN_VALUE;

	private long peak;

	private long gotAtPeak;

	GoalScalingRule(Duration scaleUpAfter, Duration idleTime) {
		this.scaleUpAfter = scaleUpAfter;
		this.idleTime = idleTime;
	}

	@Override
	public Decision decide(ScalingFigures figures) {
		if (figures.target() == 0) {
			resetPeak(figures);
			return (figures.queued() > 0) ? new Decision(1, "a request waits and there is no worker") : stay(figures);
		}
		if (isShort(figures)) {
			resetPeak(figures);
			if (figures.nanos() - this.shortSince >= PATIENCE.toNanos() && figures.ready() >= figures.target()) {
				this.shortSince = Long.MIN_VALUE;
				int more = Math.max(1, figures.target() / 2);
				return new Decision(Math.min(figures.max(), figures.target() + more),
						"requests wait " + figures.waited().toMillis() + " ms while " + figures.active() + " of "
								+ figures.capacity() + " permits are in use");
			}
			return stay(figures);
		}
		return shrink(figures);
	}

	private boolean isShort(ScalingFigures figures) {
		boolean now = figures.queued() > 0 && figures.active() >= figures.capacity()
				&& figures.waited().compareTo(this.scaleUpAfter) > 0;
		if (!now) {
			this.shortSince = Long.MIN_VALUE;
		}
		else if (this.shortSince == Long.MIN_VALUE) {
			this.shortSince = figures.nanos();
		}
		return now;
	}

	private Decision shrink(ScalingFigures figures) {
		if (this.peakSince == Long.MIN_VALUE || figures.ready() < figures.target()) {
			resetPeak(figures);
			return stay(figures);
		}
		this.peak = Math.max(this.peak, figures.active() + figures.queued());
		if (figures.nanos() - this.peakSince < this.idleTime.toNanos()) {
			return stay(figures);
		}
		int needed = needed(figures);
		long peak = this.peak;
		resetPeak(figures);
		return (needed < figures.target())
				? new Decision(Math.max(figures.min(), needed),
						"at most " + peak + " permits were in use for " + this.idleTime.toMillis() + " ms")
				: stay(figures);
	}

	private int needed(ScalingFigures figures) {
		if (this.peak == 0 && figures.got() == this.gotAtPeak) {
			return 0;
		}
		double each = Math.max(1, (double) figures.capacity() / figures.ready()) * MAX_UTILISATION;
		return (int) Math.max(1, Math.ceil(this.peak / each));
	}

	private void resetPeak(ScalingFigures figures) {
		this.peakSince = figures.nanos();
		this.peak = figures.active() + figures.queued();
		this.gotAtPeak = figures.got();
	}

	private static Decision stay(ScalingFigures figures) {
		return new Decision(figures.target(), "");
	}

}
