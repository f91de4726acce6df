package io.fdwork;

/**
 * Serves works with blocking code. A bean of this type makes a worker.
 * <p>
 * Called by many threads at once, each with a work of its own: as many as
 * {@code fdwork.worker.concurrency}. These are the threads that get the works, or virtual
 * threads when {@code spring.threads.virtual.enabled=true} on Java 21 or later.
 */
@FunctionalInterface
public interface WorkHandler {

	/**
	 * Serve a work. It is closed when this method returns or throws, unless it was
	 * {@linkplain Work#takeOver() taken over}.
	 * @param work what to serve
	 * @throws Exception if it could not be served; it is counted and logged, and the
	 * connection is closed
	 */
	void handle(Work work) throws Exception;

}
