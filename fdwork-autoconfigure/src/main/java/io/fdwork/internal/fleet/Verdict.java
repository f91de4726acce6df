package io.fdwork.internal.fleet;

import java.time.Duration;
import java.util.Locale;

import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.RefreshOptions;
import org.jspecify.annotations.Nullable;

/**
 * Compares what two generations have done.
 *
 * @param before the number of the one that was there before
 * @param old what it has done
 * @param after the number of the new one
 * @param fresh what that has done
 */
record Verdict(int before, Served old, int after, Served fresh) {

	/**
	 * A few failures say nothing, whatever their share is.
	 */
	static final int MIN_FAILURES = 5;

	/**
	 * Return why the new generation is worse, for people, or {@code null} if it is not
	 * known to be.
	 */
	@Nullable String worse(RefreshOptions options) {
		if (Math.min(this.old.requests(), this.fresh.requests()) < options.minRequests()) {
			return null;
		}
		return (fails(options)) ? describeFailures() : (isSlow(options)) ? describeTimes() : null;
	}

	private boolean fails(RefreshOptions options) {
		double usual = this.old.failureRate();
		double rate = this.fresh.failureRate();
		return this.fresh.failed() >= MIN_FAILURES && rate > usual * options.failureFactor()
				&& rate - usual > options.failureTolerance();
	}

	private boolean isSlow(RefreshOptions options) {
		if (Math.min(this.old.timed(), this.fresh.timed()) < options.minRequests()) {
			return false;
		}
		Duration usual = this.old.serviceTime();
		Duration time = this.fresh.serviceTime();
		return time.toNanos() > usual.toNanos() * options.serviceTimeFactor()
				&& time.minus(usual).compareTo(options.serviceTimeTolerance()) > 0;
	}

	private String describeFailures() {
		return "Of the requests to generation " + this.after + " " + share(this.fresh)
				+ " failed, of those to generation " + this.before + " " + share(this.old);
	}

	private static String share(Served served) {
		return String.format(Locale.ROOT, "%.1f%% (%d of %d)", 100 * served.failureRate(), served.failed(),
				served.requests());
	}

	private String describeTimes() {
		return "Generation " + this.after + " served 95% of its works within " + millis(this.fresh) + ", generation "
				+ this.before + " within " + millis(this.old);
	}

	private static String millis(Served served) {
		return String.format(Locale.ROOT, "%.1f ms", served.serviceTime().toNanos() / 1e6);
	}

	/**
	 * Return what was compared, for people.
	 */
	String describe() {
		return describe(this.after, this.fresh) + "; " + describe(this.before, this.old);
	}

	private static String describe(int generation, Served served) {
		return "generation " + generation + ": " + share(served) + " failed"
				+ ((served.timed() > 0) ? ", 95% served within " + millis(served) : "");
	}

	/**
	 * Return what was compared.
	 */
	FleetSnapshot.Comparison figures() {
		return new FleetSnapshot.Comparison(this.old.figures(this.before), this.fresh.figures(this.after));
	}

}
