package io.fdwork.internal.recovery;

import java.util.Map;
import java.util.Set;

import io.fdwork.internal.process.ProcessIdentity;

/**
 * What the daemon holds of the connections in service at one moment.
 *
 * @param entries how many it can hold
 * @param held how many it holds
 * @param notHeld how many were put without being held, since the start
 * @param fates what became of those that had no worker any more, since the start
 * @param damaged how many entries workers have damaged, since the start: held no more
 * @param deaths what became of those of the workers that have died last
 * @param unsettled the processes of whose connections not all are known to have become
 * something: those that live, and those that have just died
 */
public record RecoverySnapshot(int entries, int held, long notHeld, Map<Fate, Long> fates, long damaged,
		Map<ProcessIdentity, Map<Fate, Integer>> deaths, Set<ProcessIdentity> unsettled) {

	/**
	 * Of a daemon that holds nothing.
	 */
	public static final RecoverySnapshot NONE = new RecoverySnapshot(0, 0, 0, Map.of(), 0, Map.of(), Set.of());

}
