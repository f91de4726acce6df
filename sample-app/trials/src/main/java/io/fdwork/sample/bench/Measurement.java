package io.fdwork.sample.bench;

import java.util.EnumMap;
import java.util.Map;

/**
 * What was measured of one contender in one round.
 *
 * @param contender the name of the contender
 * @param round the round, from 1, on through all launches
 * @param requests how many were answered
 * @param figures the figures
 * @param parts what its processes have used, by part
 */
record Measurement(String contender, int round, long requests, Map<Figure, Double> figures,
		Map<String, Meter.Part> parts) {

	private static final double MICROS = 1e6;

	/**
	 * Put together what the load has seen and what the meter has.
	 */
	static Measurement of(String contender, int round, Sample sample, Meter meter) {
		Map<Figure, Double> figures = new EnumMap<>(Figure.class);
		figures.putAll(sample.figures());
		figures.put(Figure.CPU, meter.cpuSeconds() * MICROS / Math.max(1, sample.requests()));
		figures.put(Figure.NOISE, meter.noise());
		return new Measurement(contender, round, sample.requests(), figures, meter.parts());
	}

	/**
	 * Return the processor time of a part for a request, in microseconds.
	 */
	double cpuMicros(String part) {
		return part(part).cpuSeconds() * MICROS / Math.max(1, this.requests);
	}

	/**
	 * Return what a part has used.
	 */
	Meter.Part part(String name) {
		Meter.Part part = this.parts.get(name);
		if (part == null) {
			throw new IllegalArgumentException(this.contender + " has no part " + name);
		}
		return part;
	}

}
