package io.fdwork.integration.inbound;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

import io.fdwork.WorkRequest;
import org.jspecify.annotations.Nullable;

/**
 * Requests that were sent as messages and have neither been put nor closed yet, oldest
 * first. Bounded in time and number.
 */
final class UndecidedRequests {

	private static final int MAX_REQUESTS = 10_000;

	private final long timeoutNanos;

	private final Consumer<WorkRequest> drop;

	private final Deque<Entry> entries = new ArrayDeque<>();

	/**
	 * Create an empty collection.
	 * @param timeout how long a request may stay
	 * @param drop takes those that stay longer, or are too many
	 */
	UndecidedRequests(Duration timeout, Consumer<WorkRequest> drop) {
		this.timeoutNanos = timeout.toNanos();
		this.drop = drop;
	}

	void add(WorkRequest request) {
		synchronized (this.entries) {
			this.entries.addLast(new Entry(request, System.nanoTime()));
			if (this.entries.size() > MAX_REQUESTS) {
				// Those that are decided wait here only for the ones before them
				this.entries.removeIf((entry) -> entry.request().state().isDecided());
			}
		}
		sweep(this.timeoutNanos, MAX_REQUESTS);
	}

	/**
	 * Drop those whose time is over.
	 */
	void sweep() {
		sweep(this.timeoutNanos, MAX_REQUESTS);
	}

	void dropAll() {
		sweep(0, 0);
	}

	private void sweep(long timeoutNanos, int max) {
		WorkRequest overdue = pollOverdue(timeoutNanos, max);
		while (overdue != null) {
			if (overdue.state() == WorkRequest.State.OPEN) {
				this.drop.accept(overdue);
			}
			overdue = pollOverdue(timeoutNanos, max);
		}
	}

	private @Nullable WorkRequest pollOverdue(long timeoutNanos, int max) {
		synchronized (this.entries) {
			for (int i = this.entries.size(); i > 0; i--) {
				Entry first = this.entries.getFirst();
				boolean overdue = this.entries.size() > max || System.nanoTime() - first.sinceNanos() >= timeoutNanos;
				if (!overdue && !first.request().state().isDecided()) {
					return null;
				}
				this.entries.removeFirst();
				if (first.request().state() != WorkRequest.State.BEING_PUT) {
					return first.request();
				}
				// It has arrived at its queue and may wait for
				// room: a full queue drops nothing
				this.entries.addLast(new Entry(first.request(), System.nanoTime()));
			}
			return null;
		}
	}

	private record Entry(WorkRequest request, long sinceNanos) {
	}

}
