package io.fdwork.internal.recovery;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.table.ServiceTable;
import org.jspecify.annotations.Nullable;

/**
 * The numbers by which workers mark what they have, and whether the processes live that
 * have them. A process that registers again gets another number, and what it has under
 * the first one stays its own until it is gone. Safe for all threads.
 */
final class WorkerNumbers {

	private static final int MAX_LAST_GONE = 256;

	private final Map<Integer, Holder> holders = new HashMap<>();

	// Those whose holders are gone for certain
	private final BitSet gone = new BitSet();

	private final Map<Integer, ProcessIdentity> lastGone = new LinkedHashMap<>() {

		@Override
		protected boolean removeEldestEntry(Map.Entry<Integer, ProcessIdentity> eldest) {
			return size() > MAX_LAST_GONE;
		}

	};

	// Gone, while their connections are looked after
	private final Set<ProcessIdentity> unsettled = new HashSet<>();

	private int last;

	/**
	 * Give out a number.
	 * @param process who gets it, {@code null} if that cannot be seen
	 * @return the number, 0 if there is none left
	 */
	synchronized int give(@Nullable ProcessIdentity process) {
		if (this.last == ServiceTable.MAX_WORKER) {
			return 0;
		}
		Holder holder = this.holders.values()
			.stream()
			.filter((other) -> process != null && process.equals(other.process))
			.findFirst()
			.orElseGet(() -> new Holder(process));
		holder.sessions++;
		this.holders.put(++this.last, holder);
		return this.last;
	}

	/**
	 * The life line of a worker is watched.
	 * @param number its number
	 * @param line ends that
	 */
	void watched(int number, Runnable line) {
		Runnable before;
		synchronized (this) {
			Holder holder = this.holders.get(number);
			before = (holder != null) ? holder.line : line;
			if (holder != null) {
				// Another end of the same line
				holder.line = line;
			}
		}
		if (before != null) {
			before.run();
		}
	}

	/**
	 * The life line of a worker has ended.
	 */
	synchronized void ended(int number) {
		Holder holder = this.holders.get(number);
		if (holder != null) {
			holder.ended = true;
		}
	}

	/**
	 * All that a worker has said on its control connection was read.
	 */
	synchronized void left(int number) {
		Holder holder = this.holders.get(number);
		if (holder != null) {
			holder.sessions--;
		}
	}

	synchronized boolean isGiven(int number) {
		return this.holders.containsKey(number);
	}

	/**
	 * Look who is gone for certain by now.
	 */
	synchronized void look() {
		take((holder) -> holder.sessions == 0 && holder.ended).forEach(this.gone::set);
	}

	/**
	 * Note that the connections of those who were gone at the last look are looked after.
	 */
	synchronized void settle() {
		this.unsettled.clear();
	}

	/**
	 * Return the processes that have numbers, and those whose connections are being
	 * looked after.
	 */
	synchronized Set<ProcessIdentity> unsettled() {
		Set<ProcessIdentity> all = new HashSet<>(this.unsettled);
		this.holders.values().forEach((holder) -> {
			if (holder.process != null) {
				all.add(holder.process);
			}
		});
		return all;
	}

	/**
	 * Return who had a number, if that one is gone not long ago.
	 */
	synchronized @Nullable ProcessIdentity lastGone(int number) {
		return this.lastGone.get(number);
	}

	/**
	 * Return whether the holder of a number was gone at the last look: what is marked
	 * with it after that, nobody has.
	 */
	synchronized boolean isGone(int number) {
		return this.gone.get(number);
	}

	/**
	 * Take the numbers of those whose life lines nobody watches, and that are most likely
	 * gone.
	 */
	List<Integer> takeLost() {
		return take((holder) -> holder.sessions == 0 && holder.line == null && holder.process != null
				&& !holder.process.isAlive());
	}

	private synchronized List<Integer> take(Predicate<Holder> which) {
		List<Integer> taken = new ArrayList<>();
		Set<Holder> kept = new HashSet<>();
		this.holders.forEach((number, holder) -> {
			if (!kept.contains(holder) && which.test(holder)) {
				taken.add(number);
			}
			else {
				kept.add(holder);
			}
		});
		taken.forEach((number) -> {
			Holder holder = this.holders.remove(number);
			if (holder != null && holder.line != null) {
				holder.line.run();
			}
			if (holder != null && holder.process != null) {
				this.lastGone.put(number, holder.process);
				this.unsettled.add(holder.process);
			}
		});
		return taken;
	}

	/**
	 * Watch nobody any more.
	 */
	synchronized void close() {
		this.holders.values().forEach((holder) -> {
			if (holder.line != null) {
				holder.line.run();
			}
		});
		this.holders.clear();
	}

	/**
	 * A process that has numbers.
	 */
	private static final class Holder {

		private final @Nullable ProcessIdentity process;

		private @Nullable Runnable line;

		private boolean ended;

		private int sessions;

		Holder(@Nullable ProcessIdentity process) {
			this.process = process;
		}

	}

}
