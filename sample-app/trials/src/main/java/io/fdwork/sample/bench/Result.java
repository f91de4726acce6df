package io.fdwork.sample.bench;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * All that was measured of one workload, which is written as JSON as it is.
 *
 * @param workload the name of the workload
 * @param title what it is
 * @param started when it was started
 * @param machine where
 * @param launches how often the contenders were started
 * @param rounds how many rounds there were after each start
 * @param seconds how long each measurement was, where the workload does not say how much
 * @param figures what is compared, the figure that counts most first
 * @param contenders what took part and what it is, the baseline first
 * @param pairs to which others a contender is compared besides the baseline
 * @param skipped what did not, and why
 * @param measurements what was measured
 * @param systemCalls how often each is made for a request, by contender and part
 */
record Result(String workload, String title, Instant started, Map<String, String> machine, int launches, int rounds,
		long seconds, List<Figure> figures, Map<String, String> contenders, Map<String, List<String>> pairs,
		Map<String, String> skipped, List<Measurement> measurements,
		Map<String, Map<String, Map<String, Double>>> systemCalls) {

	/**
	 * Return the values of a figure of a contender, by round.
	 */
	double[] values(String contender, Figure figure) {
		return this.measurements.stream()
			.filter((measurement) -> measurement.contender().equals(contender))
			.filter((measurement) -> measurement.figures().containsKey(figure))
			.mapToDouble((measurement) -> measurement.figures().get(figure))
			.toArray();
	}

	/**
	 * Return the ratios of the figure that counts most to that of the baseline in the
	 * same round.
	 */
	double[] ratios(String contender) {
		double[] own = values(contender, this.figures.get(0));
		double[] base = values(baseline(), this.figures.get(0));
		return IntStream.range(0, Math.min(own.length, base.length)).mapToDouble((i) -> own[i] / base[i]).toArray();
	}

	/**
	 * Return the ratios of a figure of a contender to that of another one: one for each
	 * launch, of the medians of its rounds, or if there was one launch only, one for each
	 * round.
	 */
	double[] pairedRatios(String contender, String other, Figure figure) {
		Map<Integer, Double> own = medians(contender, figure);
		Map<Integer, Double> base = medians(other, figure);
		return own.entrySet().stream().mapMultiToDouble((unit, ratios) -> {
			Double value = base.get(unit.getKey());
			if (value != null) {
				ratios.accept(unit.getValue() / value);
			}
		}).toArray();
	}

	private Map<Integer, Double> medians(String contender, Figure figure) {
		int roundsOfUnit = (this.launches > 1) ? this.rounds : 1;
		Map<Integer, List<Double>> units = new TreeMap<>();
		for (Measurement measurement : measurements(contender)) {
			Double value = measurement.figures().get(figure);
			if (value != null) {
				units.computeIfAbsent((measurement.round() - 1) / roundsOfUnit, (unit) -> new ArrayList<>()).add(value);
			}
		}
		Map<Integer, Double> medians = new TreeMap<>();
		units.forEach((unit, values) -> medians.put(unit,
				Spread.of(values.stream().mapToDouble(Double::doubleValue).toArray()).median()));
		return medians;
	}

	/**
	 * Return the first contender that was measured.
	 */
	String baseline() {
		return this.contenders.keySet()
			.stream()
			.filter((contender) -> !measurements(contender).isEmpty())
			.findFirst()
			.orElseThrow();
	}

	/**
	 * Return the measurements of a contender.
	 */
	List<Measurement> measurements(String contender) {
		return this.measurements.stream().filter((measurement) -> measurement.contender().equals(contender)).toList();
	}

}
