package io.fdwork.internal.recovery;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

import io.fdwork.internal.process.ProcessIdentity;

/**
 * What became of the connections of the workers that have died last. Safe for all
 * threads.
 */
final class Deaths {

	private static final int MAX_DEATHS = 32;

	private final Map<ProcessIdentity, Map<Fate, Integer>> last = new LinkedHashMap<>() {

		@Override
		protected boolean removeEldestEntry(Map.Entry<ProcessIdentity, Map<Fate, Integer>> eldest) {
			return size() > MAX_DEATHS;
		}

	};

	/**
	 * Count a connection.
	 * @param process whose it was
	 * @param fate what became of it
	 */
	synchronized void add(ProcessIdentity process, Fate fate) {
		this.last.computeIfAbsent(process, (key) -> new EnumMap<>(Fate.class)).merge(fate, 1, Integer::sum);
	}

	/**
	 * Return what became of them by their worker.
	 */
	synchronized Map<ProcessIdentity, Map<Fate, Integer>> last() {
		Map<ProcessIdentity, Map<Fate, Integer>> last = new HashMap<>();
		this.last.forEach((process, fates) -> last.put(process, new EnumMap<>(fates)));
		return last;
	}

}
