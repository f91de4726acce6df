package io.fdwork.sample.chaos;

import org.jspecify.annotations.Nullable;

/**
 * What became of one connection, where, and why.
 *
 * @param connection the connection
 * @param trace what the journals say of it, if they know it
 * @param place where it was last
 * @param kind what was done to the fleet last when its fate was known; {@code null} for
 * nothing
 * @param reason why it may have this fate; {@code null} if nothing explains it
 */
record Finding(ClientConnection connection, @Nullable Trace trace, Place place, Step.@Nullable Kind kind,
		@Nullable String reason) {

	boolean isExplained() {
		return this.reason != null;
	}

	boolean isServed() {
		return switch (this.connection.fate()) {
			case SERVED, RECOVERED, REPLAYED -> true;
			case REFUSED, RESET, CLOSED, WRONG, FAILED, TIMED_OUT, STALE -> false;
		};
	}

	boolean isLost() {
		return !isServed() && this.connection.fate() != Fate.STALE;
	}

}
