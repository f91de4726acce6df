package io.fdwork.internal.fleet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.fdwork.fleet.WorkerLimits;
import io.fdwork.internal.wire.WorkerFigures;
import org.jspecify.annotations.Nullable;

/**
 * Says which members hang: those that do not report, and those that serve a work for too
 * long. It only decides. Not safe for threads.
 */
final class Watchdog {

	private final @Nullable Duration hangTimeout;

	private final @Nullable Duration maxServiceTime;

	/**
	 * Since when members are silent, as far as this has looked: a daemon that did not run
	 * for a while has heard nobody.
	 */
	private final Map<FleetMember, Long> silentNanos = new HashMap<>();

	Watchdog(WorkerLimits limits) {
		this.hangTimeout = limits.hangTimeout();
		this.maxServiceTime = limits.maxServiceTime();
	}

	/**
	 * Return who hangs and was not known to.
	 */
	List<Finding> look(List<FleetMember> members, RegisteredWorkers registered, long now) {
		this.silentNanos.keySet().retainAll(members);
		List<Finding> findings = new ArrayList<>();
		for (FleetMember member : members) {
			String silent = (member.hasBeenReady()) ? silent(member, registered, now) : null;
			String slow = (member.hasBeenReady() && !member.isReplaced()) ? slow(registered.figures(member)) : null;
			if (silent != null) {
				findings.add(new Finding(member, silent, true));
			}
			else if (slow != null) {
				findings.add(new Finding(member, slow, false));
			}
		}
		return findings;
	}

	private @Nullable String silent(FleetMember member, RegisteredWorkers registered, long now) {
		Duration timeout = this.hangTimeout;
		if (timeout == null || registered.isResponsive(member)) {
			this.silentNanos.remove(member);
			return null;
		}
		Long since = this.silentNanos.putIfAbsent(member, now);
		return (since == null || now - since < timeout.toNanos()) ? null : "It was unresponsive for "
				+ TimeUnit.NANOSECONDS.toMillis(now - since) + " ms (fdwork.daemon.fleet.hang-timeout=" + timeout + ")";
	}

	private @Nullable String slow(@Nullable WorkerFigures figures) {
		Duration timeout = this.maxServiceTime;
		Long served = (figures != null) ? figures.load().longestServiceNanos() : null;
		return (timeout == null || served == null || served < timeout.toNanos()) ? null
				: "It had served a work for " + TimeUnit.NANOSECONDS.toMillis(served)
						+ " ms without a break (fdwork.daemon.fleet.max-service-time=" + timeout + ")";
	}

	/**
	 * A member that hangs.
	 *
	 * @param member the member
	 * @param why why it is thought to, for people
	 * @param silent whether it does not report: it is not to be waited for
	 */
	record Finding(FleetMember member, String why, boolean silent) {
	}

}
