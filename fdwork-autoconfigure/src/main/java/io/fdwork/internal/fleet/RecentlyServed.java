package io.fdwork.internal.fleet;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What the workers had done some minutes ago, so that a new generation is compared with
 * what the one before has done lately, and not in another time of the day. Not safe for
 * threads.
 */
final class RecentlyServed {

	static final Duration INTERVAL = Duration.ofSeconds(30);

	/**
	 * Together five minutes.
	 */
	private static final int KEPT = 10;

	private final Map<FleetMember, Deque<Served>> history = new HashMap<>();

	private @Nullable Long notedNanos;

	/**
	 * Note what they have done by now, if it is time to.
	 */
	void note(List<FleetMember> members, RegisteredWorkers registered, long now) {
		Long noted = this.notedNanos;
		boolean due = noted == null || now - noted >= INTERVAL.toNanos();
		if (due) {
			this.notedNanos = now;
			this.history.keySet().retainAll(members);
		}
		for (FleetMember member : members) {
			Deque<Served> known = this.history.get(member);
			Served served = (known == null || due) ? registered.served(member) : null;
			if (served != null && member.hasBeenReady()) {
				note(member, known, served);
			}
		}
	}

	private void note(FleetMember member, @Nullable Deque<Served> known, Served served) {
		Deque<Served> kept = (known != null) ? known : new ArrayDeque<>();
		if (known == null) {
			// What an earlier daemon knew of it is not known any more
			kept.add((member.isAdopted()) ? Served.NOTHING : served);
			this.history.put(member, kept);
		}
		else {
			kept.add(served);
		}
		if (kept.size() > KEPT) {
			kept.remove();
		}
	}

	/**
	 * Return what a worker had done some minutes ago, or when it was ready first if that
	 * is less.
	 */
	Served before(FleetMember member, Served now) {
		Deque<Served> known = this.history.get(member);
		return (known != null) ? known.element() : now;
	}

}
