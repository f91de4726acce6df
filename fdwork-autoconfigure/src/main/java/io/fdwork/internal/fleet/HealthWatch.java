package io.fdwork.internal.fleet;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.fdwork.internal.wire.WorkerFigures;
import org.jspecify.annotations.Nullable;

/**
 * Says whether the application of a new worker is down while those of all old ones are
 * not. Not safe for threads.
 */
final class HealthWatch {

	/**
	 * How often workers look, as long as somebody wants to know.
	 */
	static final Duration INTERVAL = Duration.ofSeconds(5);

	/**
	 * For how long one must be down: what a look finds may be over.
	 */
	static final Duration PATIENCE = Duration.ofSeconds(12);

	private final WorkerOrders orders;

	private final Map<FleetMember, Long> downSinceNanos = new HashMap<>();

	private @Nullable Long askedNanos;

	HealthWatch(WorkerOrders orders) {
		this.orders = orders;
	}

	/**
	 * Return what is down, for people, {@code null} if nothing is that is not so for the
	 * old workers too.
	 */
	@Nullable String look(List<FleetMember> old, List<FleetMember> fresh, RegisteredWorkers registered, long now) {
		ask(old, fresh, registered, now);
		this.downSinceNanos.keySet().retainAll(fresh);
		boolean usual = old.stream().anyMatch((member) -> down(member, registered) != null);
		for (FleetMember member : fresh) {
			String down = (usual) ? null : down(member, registered);
			if (down == null) {
				this.downSinceNanos.remove(member);
			}
			else if (now - this.downSinceNanos.computeIfAbsent(member, (first) -> now) >= PATIENCE.toNanos()) {
				return "Worker " + member.process().pid() + " of generation " + member.generation()
						+ " is not well, and those of the generation before are: " + down;
			}
		}
		return null;
	}

	private void ask(List<FleetMember> old, List<FleetMember> fresh, RegisteredWorkers registered, long now) {
		Long asked = this.askedNanos;
		if (asked == null || now - asked >= INTERVAL.toNanos()) {
			this.askedNanos = now;
			old.forEach((member) -> registered.ids(member).forEach(this.orders::examine));
			fresh.forEach((member) -> registered.ids(member).forEach(this.orders::examine));
		}
	}

	private static @Nullable String down(FleetMember member, RegisteredWorkers registered) {
		WorkerFigures figures = registered.figures(member);
		return (figures != null && member.hasBeenReady()) ? figures.down() : null;
	}

}
