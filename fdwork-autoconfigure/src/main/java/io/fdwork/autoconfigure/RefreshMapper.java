package io.fdwork.autoconfigure;

import java.time.Duration;

import io.fdwork.fleet.RefreshOptions;
import io.fdwork.internal.fleet.RefreshRequest;

/**
 * Makes options of the properties of refreshes, and refuses values that cannot work.
 */
final class RefreshMapper {

	private static final String PREFIX = "fdwork.daemon.fleet.refresh.";

	private static final double MAX_FACTOR = 1000;

	private final RefreshProperties refresh;

	RefreshMapper(RefreshProperties refresh) {
		this.refresh = refresh;
	}

	/**
	 * Return the options.
	 * @param limit how many workers there can be at most
	 */
	RefreshOptions options(int limit) {
		Duration bakeTime = this.refresh.getBakeTime();
		InvalidFdworkPropertyException.check(RefreshRequest.isBakeTime(bakeTime), PREFIX + "bake-time", bakeTime,
				RefreshRequest.BAKE_TIMES + ", or leave it out to try nothing out");
		int canary = this.refresh.getCanary();
		InvalidFdworkPropertyException.check(canary >= 0 && canary <= limit, PREFIX + "canary", canary,
				"a number from 0 to " + limit + ", half of fdwork.daemon.max-workers");
		InvalidFdworkPropertyException.check(canary == 0 || !bakeTime.isZero(), PREFIX + "canary", canary,
				"0, or set " + PREFIX + "bake-time to how long the canary must stay well");
		InvalidFdworkPropertyException.check(this.refresh.getMinRequests() >= 1, PREFIX + "min-requests",
				this.refresh.getMinRequests(), "1 or more");
		checkFactor("failure-factor", this.refresh.getFailureFactor());
		checkFactor("service-time-factor", this.refresh.getServiceTimeFactor());
		double failureTolerance = this.refresh.getFailureTolerance();
		InvalidFdworkPropertyException.check(failureTolerance >= 0 && failureTolerance < 1,
				PREFIX + "failure-tolerance", failureTolerance, "a share from 0 to less than 1, such as 0.01");
		Duration serviceTimeTolerance = this.refresh.getServiceTimeTolerance();
		InvalidFdworkPropertyException.check(
				!serviceTimeTolerance.isNegative()
						&& serviceTimeTolerance.compareTo(PropertiesMapper.MAX_IDLE_TIMEOUT) <= 0,
				PREFIX + "service-time-tolerance", serviceTimeTolerance,
				"a duration from 0ms to " + PropertiesMapper.MAX_IDLE_TIMEOUT.toMinutes() + "m");
		return new RefreshOptions(bakeTime, canary, this.refresh.getMinRequests(), this.refresh.getFailureFactor(),
				failureTolerance, this.refresh.getServiceTimeFactor(), serviceTimeTolerance);
	}

	private static void checkFactor(String name, double factor) {
		InvalidFdworkPropertyException.check(factor >= 1 && factor <= MAX_FACTOR, PREFIX + name, factor,
				"a number from 1 to " + (int) MAX_FACTOR);
	}

}
