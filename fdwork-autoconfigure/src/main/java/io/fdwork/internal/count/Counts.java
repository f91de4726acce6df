package io.fdwork.internal.count;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * A count for each kind of something, zero at first. Safe for all threads.
 *
 * @param <K> the kinds
 */
public final class Counts<K extends Enum<K>> {

	private final Class<K> kinds;

	private final LongAdder[] counts;

	/**
	 * Create counts that are zero.
	 * @param kinds the type of the kinds
	 */
	public Counts(Class<K> kinds) {
		this.kinds = kinds;
		this.counts = Stream.generate(LongAdder::new).limit(kinds.getEnumConstants().length).toArray(LongAdder[]::new);
	}

	/**
	 * Add one to the count of a kind.
	 */
	public void increment(K kind) {
		add(kind, 1);
	}

	/**
	 * Add to the count of a kind.
	 */
	public void add(K kind, long more) {
		this.counts[kind.ordinal()].add(more);
	}

	/**
	 * Return the count of a kind.
	 */
	public long of(K kind) {
		return this.counts[kind.ordinal()].sum();
	}

	/**
	 * Return the counts of all kinds, also of those that are zero.
	 */
	public Map<K, Long> toMap() {
		Map<K, Long> map = new EnumMap<>(this.kinds);
		for (K kind : this.kinds.getEnumConstants()) {
			map.put(kind, of(kind));
		}
		return map;
	}

}
