package io.fdwork.sample.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Writes a result as a part of the page {@code benchmarks.adoc}, which has the plot and
 * the raw figures in a directory beside it.
 */
final class Table {

	private static final double NOISY_PERCENT = 10;

	private static final int ENOUGH_ROUNDS = 5;

	private static final int ENOUGH_SECONDS = 5;

	private final Result result;

	private final List<String> lines = new ArrayList<>();

	private Table(Result result) {
		this.result = result;
	}

	/**
	 * Write the figures of each contender with their medians and ranges, and those of its
	 * processes.
	 * @return the lines
	 */
	static List<String> of(Result result) {
		Table table = new Table(result);
		table.addHead();
		table.addFigures();
		table.addPairs();
		table.addFiles();
		table.addParts();
		table.addMachine();
		return table.lines;
	}

	private void addHead() {
		add("// Written by sample-app/bench");
		add("%s. %s%d interleaved rounds of %d s after warming up, %s.".formatted(this.result.title(),
				(this.result.launches() > 1) ? this.result.launches() + " launches, after each " : "",
				this.result.rounds(), this.result.seconds(), this.result.started().toString().substring(0, 10)));
		add("");
		if (this.result.launches() * this.result.rounds() < ENOUGH_ROUNDS || this.result.seconds() < ENOUGH_SECONDS) {
			add("WARNING: A short run, which shows what is measured and not how much it is.");
			add("");
		}
		this.result.skipped().forEach((contender, reason) -> add("Skipped: " + contender + " (" + reason + ")."));
		add("");
	}

	private void addFigures() {
		List<Figure> others = new ArrayList<>(this.result.figures());
		Figure first = others.remove(0);
		others.remove(Figure.CPU);
		if (first != Figure.CPU) {
			others.add(Figure.CPU);
		}
		add("[cols=\"3,4,3" + ",2".repeat(others.size()) + "\"]");
		add("|===");
		add("| Contender | " + first.label() + " | to " + this.result.baseline()
				+ others.stream().map((figure) -> " | " + figure.label()).collect(Collectors.joining()));
		add("");
		for (String contender : this.result.contenders().keySet()) {
			double[] values = this.result.values(contender, first);
			if (values.length > 0) {
				addFigures(contender, values, first, others);
			}
		}
		add("|===");
		add("");
	}

	private void addFigures(String contender, double[] values, Figure first, List<Figure> others) {
		add("| " + contender + mark(contender));
		add("| " + Spread.of(values).text(first::format));
		add("| " + Spread.of(this.result.ratios(contender)).text(Table::ratio));
		for (Figure figure : others) {
			double[] other = this.result.values(contender, figure);
			add("| " + ((other.length > 0) ? figure.format(Spread.of(other).median()) : ""));
		}
		add("");
	}

	private void addPairs() {
		List<String> rows = new ArrayList<>();
		this.result.pairs().forEach((contender, others) -> others.forEach((other) -> {
			for (Figure figure : new TreeSet<>(List.of(this.result.figures().get(0), Figure.CPU))) {
				double[] ratios = this.result.pairedRatios(contender, other, figure);
				if (ratios.length > 0) {
					rows.add(pair(contender, other, figure, ratios));
				}
			}
		}));
		if (rows.isEmpty()) {
			return;
		}
		add("[cols=\"3,3,2,1,2,2,1\"]");
		add("|===");
		add("| Contender | to | Ratio of | Median | 95 % interval | Range | "
				+ ((this.result.launches() > 1) ? "Launches" : "Rounds"));
		add("");
		rows.forEach(this::add);
		add("|===");
		add("");
	}

	private static String pair(String contender, String other, Figure figure, double[] ratios) {
		Spread spread = Spread.of(ratios);
		return "| %s | %s | %s | %s | %s | %s to %s | %d".formatted(contender, other, figure.label(),
				exact(spread.median()), Interval.ofMedian(ratios).text(Table::exact), exact(spread.min()),
				exact(spread.max()), ratios.length);
	}

	private static String ratio(double ratio) {
		return String.format(Locale.ROOT, "%.2f", ratio);
	}

	private static String exact(double ratio) {
		return String.format(Locale.ROOT, "%.3f", ratio);
	}

	private void addFiles() {
		add("image::benchmarks/%s.svg[%s]".formatted(this.result.workload(), this.result.figures().get(0).label()));
		add("");
		add("link:benchmarks/%s.json[All figures]".formatted(this.result.workload()));
		add("");
	}

	private String mark(String contender) {
		boolean noisy = max(contender, Figure.NOISE) > NOISY_PERCENT;
		double failed = max(contender, Figure.FAILED);
		return ((noisy) ? " (noisy)" : "") + ((failed > 0) ? " (up to %,.0f failed)".formatted(failed) : "");
	}

	private double max(String contender, Figure figure) {
		double[] values = this.result.values(contender, figure);
		return (values.length > 0) ? Spread.of(values).max() : 0;
	}

	private void addParts() {
		add("[cols=\"3,2,1,2,2,2,5\"]");
		add("|===");
		add("| Contender | Part | Processes | CPU µs/request | Memory, MB | Calls/request | Most of them");
		add("");
		for (String contender : this.result.contenders().keySet()) {
			List<Measurement> measurements = this.result.measurements(contender);
			if (!measurements.isEmpty()) {
				measurements.get(0).parts().forEach((part, usage) -> addPart(contender, part, usage, measurements));
			}
		}
		add("|===");
		add("");
	}

	private void addPart(String contender, String part, Meter.Part usage, List<Measurement> measurements) {
		Spread cpu = Spread
			.of(measurements.stream().mapToDouble((measurement) -> measurement.cpuMicros(part)).toArray());
		Spread memory = Spread
			.of(measurements.stream().mapToDouble((measurement) -> measurement.part(part).rssBytes() / 1e6).toArray());
		Map<String, Double> calls = this.result.systemCalls()
			.getOrDefault(contender, Map.of())
			.getOrDefault(part, Map.of());
		add("| %s | %s | %d | %.1f | %.0f | %s | %s".formatted(contender, part, usage.processes(), cpu.median(),
				memory.median(), (calls.isEmpty()) ? "" : "%.1f".formatted(sum(calls)), most(calls)));
	}

	private static double sum(Map<String, Double> calls) {
		return calls.values().stream().mapToDouble(Double::doubleValue).sum();
	}

	private static String most(Map<String, Double> calls) {
		return calls.entrySet()
			.stream()
			.sorted(Map.Entry.<String, Double>comparingByValue().reversed())
			.filter((call) -> call.getValue() >= 0.1)
			.map((call) -> "`%s` %.1f".formatted(call.getKey(), call.getValue()))
			.collect(Collectors.joining(", "));
	}

	private void addMachine() {
		add(this.result.machine()
			.entrySet()
			.stream()
			.map((fact) -> fact.getKey() + " " + fact.getValue())
			.collect(Collectors.joining("; ", "Measured with: ", ".")));
	}

	private void add(String line) {
		this.lines.add(line);
	}

}
