package io.fdwork.internal.fleet;

import java.util.List;

/**
 * What a worker wrote last.
 */
interface OutputTail {

	/**
	 * Return the last lines, as far as they are known. Does not wait.
	 */
	List<String> lines();

	/**
	 * Return whether nothing comes any more. For a process that has ended: what it wrote
	 * last may be on its way, and another process may hold its output open for ever.
	 */
	default boolean isComplete() {
		return true;
	}

}
