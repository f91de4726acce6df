package io.fdwork.sample.bench;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Takes what the processes of a contender use, and what others take from it, while it is
 * open.
 */
final class Meter {

	private final Contender contender;

	private final Map<String, Part> parts = new LinkedHashMap<>();

	private double othersSeconds;

	private double totalSeconds;

	Meter(Contender contender) {
		this.contender = contender;
	}

	/**
	 * Measure what is done.
	 */
	<T> T during(Work<T> work) throws IOException {
		Map<String, Usage> before = Usage.of(this.contender.pids());
		double ownBefore = Usage.ownSeconds();
		Processors processorsBefore = Processors.read();
		T result = work.run();
		Processors processors = Processors.read().minus(processorsBefore);
		double used = Usage.ownSeconds() - ownBefore;
		Map<String, Usage> after = Usage.of(this.contender.pids());
		for (Map.Entry<String, Usage> part : after.entrySet()) {
			Usage then = before.getOrDefault(part.getKey(), part.getValue());
			Part delta = Part.between(then, part.getValue());
			this.parts.merge(part.getKey(), delta, Part::plus);
			used += delta.cpuSeconds();
		}
		this.othersSeconds += Math.max(0, processors.busy() - used) + processors.stolen();
		this.totalSeconds += processors.total();
		return result;
	}

	/**
	 * Return what was used, by part.
	 */
	Map<String, Part> parts() {
		return this.parts;
	}

	/**
	 * Return the processor time that all processes have used.
	 */
	double cpuSeconds() {
		return this.parts.values().stream().mapToDouble(Part::cpuSeconds).sum();
	}

	/**
	 * Return which part of the processors was neither idle nor the contender's or the
	 * load's, in percent.
	 */
	double noise() {
		return (this.totalSeconds > 0) ? 100 * this.othersSeconds / this.totalSeconds : 0;
	}

	/**
	 * Something to be measured.
	 */
	@FunctionalInterface
	interface Work<T> {

		T run() throws IOException;

	}

	/**
	 * What the processes of one part have used.
	 *
	 * @param processes how many there are
	 * @param cpuSeconds processor time
	 * @param rssBytes resident memory at the end
	 * @param grownBytes how much of it came while it was measured
	 */
	record Part(int processes, double cpuSeconds, long rssBytes, long grownBytes) {

		static Part between(Usage before, Usage after) {
			return new Part(after.processes(), Math.max(0, after.cpuSeconds() - before.cpuSeconds()), after.rssBytes(),
					after.rssBytes() - before.rssBytes());
		}

		Part plus(Part later) {
			return new Part(later.processes, this.cpuSeconds + later.cpuSeconds, later.rssBytes,
					this.grownBytes + later.grownBytes);
		}

	}

}
