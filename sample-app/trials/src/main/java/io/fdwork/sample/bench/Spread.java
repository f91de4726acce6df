package io.fdwork.sample.bench;

import java.util.Arrays;
import java.util.function.DoubleFunction;

/**
 * The median of some values, and the range that they are in.
 *
 * @param median the median
 * @param min the smallest value
 * @param max the largest value
 */
record Spread(double median, double min, double max) {

	/**
	 * Sum up values, of which there is one at least.
	 */
	static Spread of(double... values) {
		double[] sorted = values.clone();
		Arrays.sort(sorted);
		int middle = sorted.length / 2;
		double median = (sorted.length % 2 == 1) ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
		return new Spread(median, sorted[0], sorted[sorted.length - 1]);
	}

	/**
	 * Write the median, and the range in parentheses.
	 */
	String text(DoubleFunction<String> format) {
		return format.apply(this.median) + " (" + format.apply(this.min) + " to " + format.apply(this.max) + ")";
	}

}
