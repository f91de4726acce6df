package io.fdwork.internal.daemon;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Looks for what keeps a running daemon from its work, for as long as it does. For one
 * thread.
 */
final class HangCheck {

	private long lookedNanos = System.nanoTime();

	/**
	 * Look again.
	 * @return what hangs since the look before, or has ended, for people; {@code null} if
	 * nothing has
	 */
	@Nullable String look(ControlServer controlServer, List<Listener> listeners) {
		if (!controlServer.isAlive()) {
			return "The thread that accepts control connections has ended";
		}
		long now = System.nanoTime();
		long before = this.lookedNanos;
		this.lookedNanos = now;
		return listeners.stream()
			.filter((listener) -> listener.isStuckSince(before, now))
			.findFirst()
			.map((listener) -> "The thread that accepts on " + Listener.format(listener.address()) + " hangs")
			.orElse(null);
	}

}
