package io.fdwork.sample.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What is asked of the contenders, who they are, and what is measured.
 */
interface Workload {

	/**
	 * Return what it is called on the command line and in the names of files.
	 */
	String name();

	/**
	 * Return what it is, in a sentence.
	 */
	String title();

	/**
	 * Return who takes part, the baseline first.
	 */
	List<Entry> entries();

	/**
	 * Return what is shown, the figure that is compared first.
	 */
	List<Figure> figures();

	/**
	 * Measure once.
	 * @param contender whom
	 * @param time for how long, unless the amount is given by the workload
	 * @param seed the same for all contenders of a round
	 * @param meter is open while what counts is done
	 */
	Sample measure(Contender contender, Duration time, long seed, Meter meter) throws IOException;

	/**
	 * Let the compilers of a contender see what will be measured.
	 * @param contender whose
	 * @param time for how long, unless the amount is given by the workload
	 */
	default void warmUp(Contender contender, Duration time) throws IOException {
		measure(contender, time, 0, new Meter(contender));
	}

	/**
	 * Return whether each round needs processes that have done nothing yet.
	 */
	default boolean isFresh() {
		return false;
	}

	/**
	 * Return whether a measurement takes as long as it is told.
	 */
	default boolean isTimed() {
		return true;
	}

	/**
	 * Return the load under which system calls are counted, {@code null} to count none.
	 */
	default @Nullable Wrk systemCallLoad() {
		return null;
	}

}
