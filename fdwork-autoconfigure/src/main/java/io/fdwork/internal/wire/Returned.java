package io.fdwork.internal.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * An idle connection, for whoever holds it from now on.
 *
 * @param requests how many requests it has carried
 * @param idleSinceNanos since when its client has sent nothing, in nanoseconds of
 * CLOCK_MONOTONIC
 * @param idleTimeoutNanos how long it may be idle in all before its server would close
 * it, in nanoseconds: 0 for as long as the client likes, {@code null} if that is not
 * known
 * @param remote the address of its client, {@code null} if that is its other end
 * @param local the one that a client behind a balancer connected to
 * @param place where it is in the table of the daemon, {@code null} if it is in none
 */
public record Returned(int requests, long idleSinceNanos, @Nullable Long idleTimeoutNanos,
		@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String remote,
		@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String local,
		@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Place place) {

	/**
	 * Return the same of a connection that is in a table.
	 * @param place where it is
	 */
	public Returned at(@Nullable Place place) {
		return new Returned(this.requests, this.idleSinceNanos, this.idleTimeoutNanos, this.remote, this.local, place);
	}

	/** Create what is said of a connection whose client is its other end. */
	public Returned(int requests, long idleSinceNanos, @Nullable Long idleTimeoutNanos) {
		this(requests, idleSinceNanos, idleTimeoutNanos, null, null, null);
	}

}
