package io.fdwork.internal.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * When a worker accepts from a listener that it keeps.
 *
 * @param queue the queue whose permits it needs, and that the works belong to
 * @param byWorkers whether workers accept from it always, and the daemon never
 * @param standIn whether workers accept from it while the daemon is dead or hung
 * @param dataTimeoutMillis how long clients may take to send something, before which
 * their connections are not served; {@code null} to serve them at once
 */
public record AcceptTerms(String queue, boolean byWorkers, boolean standIn,
		@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long dataTimeoutMillis) {

	/**
	 * Return whether workers accept.
	 * @param alive whether the daemon is alive and does its work
	 * @return whether they do
	 */
	public boolean isAccepted(boolean alive) {
		return this.byWorkers || (!alive && this.standIn);
	}

}
