package io.fdwork.internal.daemon;

import java.util.HashSet;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

import io.fdwork.descriptor.DescriptorTable;
import io.fdwork.internal.wire.ControlMessage;

/**
 * The room that the daemon has for idle connections: what is left of its table of open
 * files besides a reserve. Each worker is told how many it may give back, so that what is
 * on its way always fits, and keeps the others. Safe for all threads.
 */
final class HomeRoom {

	/**
	 * How many descriptors are left to the rest of the process: for what comes with one
	 * message, and as many for new control connections, pipes of workers that start,
	 * accepted connections, and who opens a file meanwhile.
	 */
	static final int RESERVE = 2 * ControlMessage.MAX_RETURNS;

	/**
	 * For how many connections there must be room at the start.
	 */
	static final int MIN = ControlMessage.MAX_RETURNS;

	/**
	 * How many connections one worker may have on their way.
	 */
	private static final int MAX_ON_THE_WAY = 1024;

	// Guarded by this
	private final FreeDescriptors free;

	private final IntConsumer shed;

	// Guarded by this
	private final Set<Share> shares = new HashSet<>();

	HomeRoom(IntConsumer shed) {
		this(HomeRoom::measureFree, shed);
	}

	/**
	 * Create a room.
	 * @param free how many descriptors are free
	 * @param shed lets so many idle connections go, those that have been idle longest
	 */
	HomeRoom(LongSupplier free, IntConsumer shed) {
		this.free = new FreeDescriptors(free);
		this.shed = shed;
	}

	private static long measureFree() {
		long estimate = DescriptorTable.estimateFree();
		return (estimate > 16L * MAX_ON_THE_WAY) ? estimate : DescriptorTable.measureFree();
	}

	/**
	 * Check that the daemon can work with the table that there is.
	 * @throws TooFewDescriptorsException if it cannot
	 */
	static void check() {
		check(DescriptorTable.limit(), DescriptorTable.measureFree());
	}

	static void check(long limit, long free) {
		if (free < RESERVE + MIN) {
			throw new TooFewDescriptorsException(limit, limit - free + RESERVE + MIN);
		}
	}

	/**
	 * Return how many of the connections of one kind may be held of so many kinds that
	 * are not given back by workers.
	 */
	static int bound(int wanted, int kinds) {
		long free = DescriptorTable.measureFree() - RESERVE;
		return (int) Math.max(1, Math.min(wanted, free / (4L * Math.max(1, kinds))));
	}

	/**
	 * Open the share of a worker, which is empty.
	 * @param tell tells the worker how many connections it may give back in all; must not
	 * wait
	 * @return the share, to be closed by the caller
	 */
	synchronized Share open(LongConsumer tell) {
		Share share = new Share(tell);
		this.shares.add(share);
		return share;
	}

	private synchronized long promise(Share share, int wanted) {
		long left = this.free.get() - RESERVE - this.shares.stream().mapToLong(Share::onTheWay).sum();
		long due = Math.min(MAX_ON_THE_WAY, (left + share.onTheWay()) / (this.shares.size() + 1));
		long more = Math.min(left, Math.max(wanted, due) - share.onTheWay());
		// Not a message for each that comes
		if (more <= 0 || more < due / 2) {
			return 0;
		}
		share.promised += more;
		return share.promised;
	}

	/**
	 * What one worker may give back.
	 */
	final class Share implements AutoCloseable {

		private final LongConsumer tell;

		private long promised;

		private long returned;

		private Share(LongConsumer tell) {
			this.tell = tell;
		}

		private long onTheWay() {
			return this.promised - this.returned;
		}

		/**
		 * Make the share larger, if there is room and the worker has used it up by half.
		 */
		void refill() {
			refill(1);
		}

		private void refill(int wanted) {
			long promised = promise(this, wanted);
			if (promised > 0) {
				this.tell.accept(promised);
			}
		}

		/**
		 * Connections have come.
		 */
		void returned(int connections) {
			synchronized (HomeRoom.this) {
				this.returned += connections;
				HomeRoom.this.free.take(connections);
				// A worker of an earlier version gives back more than it may
				this.promised = Math.max(this.promised, this.returned);
			}
			refill();
		}

		/**
		 * The worker wants to give back more, and has to.
		 */
		void wanted(int connections) {
			int bounded = Math.max(1, Math.min(connections, ControlMessage.MAX_RETURNS));
			refill(bounded);
			boolean none;
			synchronized (HomeRoom.this) {
				none = onTheWay() <= 0;
			}
			if (none) {
				HomeRoom.this.shed.accept(bounded);
			}
		}

		@Override
		public void close() {
			synchronized (HomeRoom.this) {
				HomeRoom.this.shares.remove(this);
			}
		}

	}

	/**
	 * Let some go if what has come has used up the reserve, as workers of an earlier
	 * version give back what they like.
	 */
	void relieve() {
		long missing;
		synchronized (this) {
			missing = RESERVE / 2 - this.free.get();
		}
		if (missing > 0) {
			this.shed.accept((int) Math.min(missing, ControlMessage.MAX_RETURNS));
		}
	}

}
