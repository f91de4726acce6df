package io.fdwork.internal.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * The table of the connections in service, in which a worker marks those that it has.
 *
 * @param id what tells it from the table of another daemon
 * @param entries how many entries it has
 * @param worker the number by which the worker marks that it has one, which the daemon
 * gives to no other worker
 * @param journalLength how long the journal of each entry is, {@code null} if there are
 * none
 */
public record TableGrant(long id, int entries, int worker,
		@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer journalLength) {

	/** Create the grant of a table without journals. */
	public TableGrant(long id, int entries, int worker) {
		this(id, entries, worker, null);
	}

}
