package io.fdwork.autoconfigure;

import java.time.Duration;
import io.fdwork.fleet.FleetOptions;
import io.fdwork.fleet.ScalingRule;
import io.fdwork.fleet.WorkerLimits;
import io.fdwork.internal.fleet.Fleet;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/**
 * Makes options of the properties of a fleet, and refuses values that cannot work.
 */
final class FleetMapper {

	/**
	 * A worker needs about as long to be worth its start.
	 */
	private static final Duration MIN_AGE = Duration.ofMinutes(1);

	private static final Duration MAX_AGE = Duration.ofDays(365);

	/**
	 * No worker is smaller: each would be replaced as soon as it is ready.
	 */
	private static final DataSize MIN_MEMORY = DataSize.ofMegabytes(16);

	private final FdworkProperties.Daemon daemon;

	FleetMapper(FdworkProperties.Daemon daemon) {
		this.daemon = daemon;
	}

	FleetOptions options() {
		FdworkProperties.Fleet fleet = this.daemon.getFleet();
		Integer maxStartFailures = fleet.getMaxStartFailures();
		InvalidFdworkPropertyException.check(maxStartFailures == null || maxStartFailures >= 1,
				"fdwork.daemon.fleet.max-start-failures", String.valueOf(maxStartFailures),
				"1 or more, or leave it out to go on trying");
		FleetOptions options = new FleetOptions(fleet.getMin(), max(fleet), this.daemon.getMaxWorkers() / 2,
				PropertiesMapper.checkInterval("fdwork.daemon.fleet.start-timeout", fleet.getStartTimeout()),
				PropertiesMapper.checkInterval("fdwork.daemon.fleet.drain-timeout", fleet.getDrainTimeout()),
				PropertiesMapper.checkInterval("fdwork.daemon.fleet.min-backoff-delay", fleet.getMinBackoffDelay()),
				PropertiesMapper.checkInterval("fdwork.daemon.fleet.max-backoff-delay", fleet.getMaxBackoffDelay()),
				maxStartFailures, maxStarting(fleet), limits(fleet),
				new RefreshMapper(fleet.getRefresh()).options(this.daemon.getMaxWorkers() / 2));
		PropertiesMapper.checkOrder("fdwork.daemon.fleet.max-backoff-delay", fleet.getMaxBackoffDelay(),
				"fdwork.daemon.fleet.min-backoff-delay", fleet.getMinBackoffDelay());
		return options;
	}

	private static int maxStarting(FdworkProperties.Fleet fleet) {
		Integer maxStarting = fleet.getMaxStarting();
		InvalidFdworkPropertyException.check(maxStarting == null || maxStarting >= 1,
				"fdwork.daemon.fleet.max-starting", String.valueOf(maxStarting),
				"1 or more, or leave it out for half the number of processors");
		return (maxStarting != null) ? maxStarting : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
	}

	private static WorkerLimits limits(FdworkProperties.Fleet fleet) {
		Duration maxAge = fleet.getMaxAge();
		InvalidFdworkPropertyException.check(
				maxAge == null || (maxAge.compareTo(MIN_AGE) >= 0 && maxAge.compareTo(MAX_AGE) <= 0),
				"fdwork.daemon.fleet.max-age", String.valueOf(maxAge),
				"a duration from " + MIN_AGE.toMinutes() + "m to " + MAX_AGE.toDays() + "d, or leave it out for none");
		Long maxRequests = fleet.getMaxRequests();
		InvalidFdworkPropertyException.check(maxRequests == null || maxRequests >= 1,
				"fdwork.daemon.fleet.max-requests", String.valueOf(maxRequests),
				"1 or more, or leave it out for as many as come");
		return new WorkerLimits(maxAge, maxRequests, bytes("fdwork.daemon.fleet.max-memory", fleet.getMaxMemory()),
				bytes("fdwork.daemon.fleet.max-heap", fleet.getMaxHeap()),
				patience("fdwork.daemon.fleet.hang-timeout", fleet.getHangTimeout()),
				patience("fdwork.daemon.fleet.max-service-time", fleet.getMaxServiceTime()));
	}

	private static @Nullable Duration patience(String property, @Nullable Duration value) {
		return (value != null) ? PropertiesMapper.checkDuration(property, value, PropertiesMapper.MAX_IDLE_TIMEOUT)
				: null;
	}

	private static @Nullable Long bytes(String property, @Nullable DataSize size) {
		InvalidFdworkPropertyException.check(size == null || size.compareTo(MIN_MEMORY) >= 0, property,
				String.valueOf(size), MIN_MEMORY.toMegabytes() + "MB or more, or leave it out for no limit");
		return (size != null) ? size.toBytes() : null;
	}

	ScalingRule scalingRule() {
		FdworkProperties.Fleet fleet = this.daemon.getFleet();
		return Fleet.goal(PropertiesMapper.checkInterval("fdwork.daemon.fleet.scale-up-after", fleet.getScaleUpAfter()),
				PropertiesMapper.checkInterval("fdwork.daemon.fleet.scale-down-after", fleet.getScaleDownAfter()));
	}

	/**
	 * Refuse numbers of workers that cannot work, also where there is no fleet.
	 */
	void check() {
		FdworkProperties.Fleet fleet = this.daemon.getFleet();
		int limit = this.daemon.getMaxWorkers() / 2;
		String bound = limit + ", half of fdwork.daemon.max-workers, as a refresh needs twice as many";
		InvalidFdworkPropertyException.check(fleet.getMin() >= 0 && fleet.getMin() <= limit, "fdwork.daemon.fleet.min",
				fleet.getMin(), "a number from 0 to " + bound);
		InvalidFdworkPropertyException.check(max(fleet) >= 0 && max(fleet) <= limit, "fdwork.daemon.fleet.max",
				max(fleet), "a number from 0 to " + bound);
		InvalidFdworkPropertyException.check(fleet.getMin() <= max(fleet), "fdwork.daemon.fleet.max", max(fleet),
				fleet.getMin() + " or more, which is fdwork.daemon.fleet.min, or leave it out for a fixed number");
	}

	private static int max(FdworkProperties.Fleet fleet) {
		Integer max = fleet.getMax();
		return (max != null) ? max : fleet.getMin();
	}

}
