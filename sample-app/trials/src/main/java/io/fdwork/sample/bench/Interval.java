package io.fdwork.sample.bench;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleFunction;

/**
 * Where the median of some values would be in 95 of 100 repetitions, by a bootstrap.
 *
 * @param low the lower end
 * @param high the upper end
 */
record Interval(double low, double high) {

	private static final int RESAMPLES = 10_000;

	private static final double OUTSIDE = 0.025;

	/**
	 * Estimate from values, of which there is one at least. The same ones give the same.
	 */
	static Interval ofMedian(double... values) {
		SplittableRandom random = new SplittableRandom(values.length);
		double[] medians = new double[RESAMPLES];
		double[] resample = new double[values.length];
		for (int i = 0; i < RESAMPLES; i++) {
			for (int j = 0; j < resample.length; j++) {
				resample[j] = values[random.nextInt(values.length)];
			}
			medians[i] = Spread.of(resample).median();
		}
		Arrays.sort(medians);
		int outside = (int) (OUTSIDE * RESAMPLES);
		return new Interval(medians[outside], medians[RESAMPLES - 1 - outside]);
	}

	/**
	 * Write both ends.
	 */
	String text(DoubleFunction<String> format) {
		return format.apply(this.low) + " to " + format.apply(this.high);
	}

}
