package io.fdwork.internal.fleet;

import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What the workers of a generation have done, each since a moment of its own, those
 * included that have ended meanwhile. Not safe for threads.
 */
final class ServedSince {

	private final Map<FleetMember, Span> spans = new LinkedHashMap<>();

	/**
	 * Note what a worker has done by now.
	 * @param from what it had done when it began to count
	 * @param served what it has done since its start
	 * @param settled whether its service times count from now on; from where it began to
	 * count if it is noted for the first time
	 */
	void note(FleetMember member, Served from, Served served, boolean settled) {
		Span span = this.spans.get(member);
		if (span == null) {
			span = new Span(from);
			span.settled = (settled) ? from : null;
			this.spans.put(member, span);
		}
		else if (settled && span.settled == null) {
			span.settled = served;
		}
		span.last = served;
	}

	/**
	 * Return what all of them have done.
	 */
	Served total() {
		Served total = Served.NOTHING;
		for (Span span : this.spans.values()) {
			Served times = (span.settled != null) ? span.last.since(span.settled) : Served.NOTHING;
			total = total.plus(span.last.since(span.from).withTimesOf(times));
		}
		return total;
	}

	void clear() {
		this.spans.clear();
	}

	/**
	 * What is known of a worker.
	 */
	private static final class Span {

		private final Served from;

		private Served last;

		private @Nullable Served settled;

		Span(Served from) {
			this.from = from;
			this.last = from;
		}

	}

}
