package io.fdwork.sample.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the processors of the machine have done so far, in seconds of all of them
 * together.
 *
 * @param busy for processes and the kernel
 * @param stolen for other virtual machines
 * @param total all, idle time included
 */
record Processors(double busy, double stolen, double total) {

	private static final double TICKS_PER_SECOND = 100;

	private static final int FIELDS = 8;

	static Processors read() throws IOException {
		// cpu user nice system idle iowait irq softirq steal
		String[] fields = Files.readAllLines(Path.of("/proc/stat")).get(0).trim().split("\\s+");
		double[] seconds = new double[FIELDS + 1];
		double total = 0;
		for (int i = 1; i <= FIELDS; i++) {
			seconds[i] = Long.parseLong(fields[i]) / TICKS_PER_SECOND;
			total += seconds[i];
		}
		double stolen = seconds[FIELDS];
		return new Processors(total - seconds[4] - seconds[5] - stolen, stolen, total);
	}

	Processors minus(Processors before) {
		return new Processors(this.busy - before.busy, this.stolen - before.stolen, this.total - before.total);
	}

}
