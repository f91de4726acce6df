package io.fdwork.internal.recovery;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

import io.fdwork.internal.process.ProcessIdentity;
import org.jspecify.annotations.Nullable;

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
	 * @param process whose it was, {@code null} if that cannot be told
	 * @param fate what became of it
	 */
	synchronized void add(@Nullable ProcessIdentity process, Fate fate) {
		if (process != null) {
			this.last.computeIfAbsent(process, (key) -> new EnumMap<>(Fate.class)).merge(fate, 1, Integer::sum);
		}
	}

	/**
	 * Return what became of them by the pid of their worker.
	 */
	synchronized Map<Long, Map<Fate, Integer>> byPid() {
		Map<Long, Map<Fate, Integer>> byPid = new HashMap<>();
		this.last.forEach((process, fates) -> byPid.put(process.pid(), Map.copyOf(fates)));
		return byPid;
	}

}
