package io.fdwork.internal.fleet;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;

import io.fdwork.fleet.WorkerLimits;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.wire.WorkerFigures;
import org.jspecify.annotations.Nullable;

/**
 * Says which member has grown old or large, so that another one is to take its place: one
 * at a time, the oldest first. It only decides. Not safe for threads.
 */
final class Recycling {

	/**
	 * Workers that started together are not due together.
	 */
	static final double JITTER = 0.1;

	/**
	 * Nothing of this is urgent, and a look costs some system calls.
	 */
	static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);

	private static final long MEBIBYTE = 1024 * 1024;

	private final WorkerLimits limits;

	private @Nullable Long lookedNanos;

	Recycling(WorkerLimits limits) {
		this.limits = limits;
	}

	/**
	 * Return who is due, if somebody is and nobody else is being replaced.
	 * @param figures gives what a member has reported last, {@code null} for nothing
	 */
	Optional<Due> next(List<FleetMember> members, Function<FleetMember, @Nullable WorkerFigures> figures, long now) {
		Long looked = this.lookedNanos;
		if (this.limits.equals(WorkerLimits.NONE) || (looked != null && now - looked < LOOK_INTERVAL.toNanos())
				|| members.stream().anyMatch(FleetMember::isReplaced)) {
			return Optional.empty();
		}
		this.lookedNanos = now;
		return members.stream()
			// One that is due from its start on does not keep the machine busy
			.filter((member) -> member.isProved() && member.hasSettled(now))
			.flatMap((member) -> Optional.ofNullable(reason(member, figures.apply(member), now))
				.map((reason) -> new Due(member, reason))
				.stream())
			.findFirst();
	}

	private @Nullable String reason(FleetMember member, @Nullable WorkerFigures figures, long now) {
		Duration maxAge = this.limits.maxAge();
		Long maxRequests = this.limits.maxRequests();
		Long maxMemory = this.limits.maxMemory();
		Long maxHeap = this.limits.maxHeap();
		double share = 1 - JITTER * lot(member.process().identity());
		Duration age = member.age(now);
		if (maxAge != null && age.toMillis() >= maxAge.toMillis() * share) {
			return "It was " + age.toSeconds() + " s old (fdwork.daemon.fleet.max-age=" + maxAge + ")";
		}
		if (maxRequests != null && figures != null && requests(figures) >= maxRequests * share) {
			return "It had answered " + requests(figures) + " requests (fdwork.daemon.fleet.max-requests=" + maxRequests
					+ ")";
		}
		long resident = (maxMemory != null) ? member.process().residentBytes() : 0;
		if (maxMemory != null && resident > maxMemory) {
			return "It had " + resident / MEBIBYTE + " MB of memory resident (fdwork.daemon.fleet.max-memory="
					+ maxMemory / MEBIBYTE + "MB)";
		}
		Long heap = (figures != null && figures.process() != null) ? figures.process().heapAfterCollection() : null;
		if (maxHeap != null && heap != null && heap > maxHeap) {
			return "It had " + heap / MEBIBYTE + " MB of its heap in use after a collection "
					+ "(fdwork.daemon.fleet.max-heap=" + maxHeap / MEBIBYTE + "MB)";
		}
		return null;
	}

	private static long requests(WorkerFigures figures) {
		return Math.max(figures.works().got(), (figures.requests() != null) ? figures.requests().count() : 0);
	}

	/**
	 * Return a number from 0 to 1 that stays the same for a process, also with the next
	 * daemon.
	 */
	private static double lot(@Nullable ProcessIdentity process) {
		return (process != null) ? new SplittableRandom(process.hashCode()).nextDouble() : 0;
	}

	/**
	 * A member that is due.
	 *
	 * @param member the member
	 * @param reason why, with the figure, for people
	 */
	record Due(FleetMember member, String reason) {
	}

}
