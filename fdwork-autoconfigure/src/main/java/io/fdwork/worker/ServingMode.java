package io.fdwork.worker;

/**
 * What a way of serving wants from the threads that get works.
 */
public enum ServingMode {

	/**
	 * Blocking code on the thread that got the work: as many threads get as works can be
	 * served at once.
	 */
	PLATFORM_THREADS(64, true),

	/**
	 * Blocking code on a virtual thread for each work; one thread gets.
	 */
	VIRTUAL_THREADS(1024, false),

	/**
	 * Connections on event loops; one thread gets.
	 */
	EVENT_LOOPS(10_000, false);

	private final int defaultConcurrency;

	private final boolean servedByGetter;

	ServingMode(int defaultConcurrency, boolean servedByGetter) {
		this.defaultConcurrency = defaultConcurrency;
		this.servedByGetter = servedByGetter;
	}

	/**
	 * Return how many works can be served at once unless a property says otherwise.
	 * @return the number, for each queue
	 */
	public int defaultConcurrency() {
		return this.defaultConcurrency;
	}

	/**
	 * Return how many threads get.
	 * @param concurrency how many works can be served at once
	 * @return the number, for each queue
	 */
	public int getters(int concurrency) {
		return (this.servedByGetter) ? concurrency : 1;
	}

}
