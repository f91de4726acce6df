package io.fdwork.internal.queue;

/**
 * The permits to serve so many works at once as the worker can. Safe for all threads;
 * none is held up.
 */
public interface WorkPermits {

	/**
	 * Permits without end.
	 */
	WorkPermits UNLIMITED = new WorkPermits() {

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

	/**
	 * Take a permit, if there is one.
	 * @return whether there was
	 */
	boolean tryAcquire();

	/**
	 * Take a permit. If there is none, the next that is released is not free.
	 */
	void acquireAnyway();

	/**
	 * Give a permit back.
	 */
	void release();

}
