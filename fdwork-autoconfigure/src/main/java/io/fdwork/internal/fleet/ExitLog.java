package io.fdwork.internal.fleet;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.WorkerExit;

/**
 * How workers of the fleet ended: the last of them, and how many for each reason. Not
 * safe for threads.
 */
final class ExitLog {

	private static final int MAX_EXITS = 20;

	private final Deque<WorkerExit> last = new ArrayDeque<>();

	private final Map<ExitReason, Long> counts = new EnumMap<>(ExitReason.class);

	void add(WorkerExit exit) {
		this.last.addLast(exit);
		if (this.last.size() > MAX_EXITS) {
			this.last.removeFirst();
		}
		this.counts.merge(exit.reason(), 1L, Long::sum);
	}

	List<WorkerExit> last() {
		return List.copyOf(this.last);
	}

	Map<ExitReason, Long> counts() {
		return Collections.unmodifiableMap(new EnumMap<>(this.counts));
	}

}
