package io.fdwork.internal.fleet;

import java.util.List;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.WorkerLimits;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has others take the places of members that hang, or have grown old or large. Used under
 * the lock of the fleet.
 */
final class Care {

	private static final Logger logger = LoggerFactory.getLogger(Care.class);

	private final Watchdog watchdog;

	private final Recycling recycling;

	private final FleetNews news;

	Care(WorkerLimits limits, FleetNews news) {
		this.watchdog = new Watchdog(limits);
		this.recycling = new Recycling(limits);
		this.news = news;
	}

	/**
	 * Ask those that hang for a dump of their threads, and end those that say nothing.
	 */
	void watch(List<FleetMember> members, RegisteredWorkers registered, long now) {
		this.watchdog.look(members, registered, now).forEach((finding) -> {
			FleetMember member = finding.member();
			this.news.log(() -> logger.warn("Worker {} of generation {} hangs, another one takes its place. {}",
					member.process().pid(), member.generation(), finding.why()));
			member.hang(finding.why(), finding.silent(), now);
		});
	}

	/**
	 * Have one replaced that has grown old or large.
	 */
	void recycle(List<FleetMember> members, RegisteredWorkers registered, long now) {
		this.recycling.next(members, registered::figures, now).ifPresent((due) -> {
			FleetMember member = due.member();
			this.news.log(() -> logger.info("Recycling worker {} of generation {}. {}", member.process().pid(),
					member.generation(), due.reason()));
			member.replace(ExitReason.RECYCLED, due.reason());
		});
	}

}
