package io.fdwork.internal.fleet;

import java.util.List;
import java.util.function.Supplier;

/**
 * What a worker wrote last.
 */
interface OutputTail {

	/**
	 * Return the last lines, as far as they are known. Does not wait.
	 */
	List<String> lines();

	/**
	 * Look for a thread dump in what is written from now on.
	 * @return gives what has come of it
	 */
	default Supplier<ThreadDump> watchDump() {
		return ThreadDump::new;
	}

	/**
	 * Return whether nothing comes any more. For a process that has ended: what it wrote
	 * last may be on its way, and another process may hold its output open for ever.
	 */
	default boolean isComplete() {
		return true;
	}

}
