package io.fdwork.internal.queue;

import io.fdwork.descriptor.Admission;

/**
 * The permits to serve so many works at once as the worker can, and the places for those
 * that it has in hand, the idle ones included. A work enters with both: its permit is
 * free while it is idle, its place when it has ended. Safe for all threads; none is held
 * up.
 */
public interface WorkPermits extends Admission {

	/**
	 * Permits and places without end.
	 */
	WorkPermits UNLIMITED = new WorkPermits() {

		@Override
		public boolean tryEnter() {
			return true;
		}

		@Override
		public boolean isOpen() {
			return true;
		}

		@Override
		public void entered() {
			// There is always one more
		}

		@Override
		public void leave() {
			// Nobody waits for it
		}

		@Override
		public boolean tryAcquire() {
			return true;
		}

		@Override
		public void acquireAnyway() {
			// There is always one more
		}

		@Override
		public void release() {
			// Nobody waits for it
		}

	};

	@Override
	default void exit() {
		leave();
		release();
	}

	/**
	 * Give a place back, as a work has ended.
	 */
	void leave();

	/**
	 * Take a permit for a work that has a place, if there is one.
	 * @return whether there was
	 */
	boolean tryAcquire();

	/**
	 * Take a permit for a work that has a place. If there is none, the next that is
	 * released is not free.
	 */
	void acquireAnyway();

	/**
	 * Give a permit back.
	 */
	void release();

	/**
	 * Note for how long a work was served with a permit that is about to be given back.
	 * @param nanos how long, without a break
	 */
	default void served(long nanos) {
		// Nobody asks
	}

}
