package io.fdwork.sample.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Lets the contenders of one workload work in turn, each while the others are stopped,
 * and as often as asked for starts all of them anew: what the compilers of a JVM have
 * made of it stays as long as it lives. Whoever fails is left out from then on. Closing
 * it kills all of them, from any thread.
 */
final class Contest implements AutoCloseable {

	private static final Duration SETTLING = Duration.ofSeconds(1);

	private final Workload workload;

	private final Options options;

	private final PrintStream out;

	private final Instant started = Instant.now();

	private final Map<String, Contender> contenders = new LinkedHashMap<>();

	private final Map<String, String> descriptions = new LinkedHashMap<>();

	private final Map<String, List<String>> pairs = new LinkedHashMap<>();

	private final Map<String, String> skipped = new LinkedHashMap<>();

	private final List<Measurement> measurements = new ArrayList<>();

	private final Map<String, Map<String, Map<String, Double>>> systemCalls = new LinkedHashMap<>();

	private boolean failed;

	private boolean closed;

	Contest(Workload workload, Options options, PrintStream out) {
		this.workload = workload;
		this.options = options;
		this.out = out;
	}

	/**
	 * Measure all rounds.
	 */
	Result run() throws IOException {
		say("%n%s: %s", this.workload.name(), this.workload.title());
		List<Entry> entries = new ArrayList<>();
		for (Entry entry : this.workload.entries()) {
			String missing = entry.missing().get();
			if (this.options.wants(entry) && missing != null) {
				this.skipped.put(entry.name(), missing);
				say("skipped  %s: %s", entry.name(), missing);
			}
			else if (this.options.wants(entry)) {
				this.descriptions.put(entry.name(), entry.description());
				this.pairs.put(entry.name(), entry.pairs());
				entries.add(entry);
			}
		}
		if (this.workload.isFresh()) {
			runFresh(entries);
		}
		else {
			runInterleaved(entries, this.options.launches());
		}
		return new Result(this.workload.name(), this.workload.title(), this.started, Machine.describe(),
				(this.workload.isFresh()) ? 1 : this.options.launches(), this.options.rounds(),
				this.options.time().toSeconds(), this.workload.figures(), this.descriptions, this.pairs, this.skipped,
				this.measurements, this.systemCalls);
	}

	/**
	 * Return whether a contender has failed.
	 */
	boolean hasFailed() {
		return this.failed;
	}

	private void runFresh(List<Entry> entries) {
		for (int round = 1; round <= this.options.rounds(); round++) {
			for (Entry entry : entries) {
				if (start(entry)) {
					measure(entry.name(), round);
					stop(entry.name());
				}
			}
		}
	}

	private void runInterleaved(List<Entry> entries, int launches) {
		List<Entry> order = new ArrayList<>(entries);
		for (int launch = 1; launch <= launches; launch++) {
			if (launch > 1) {
				entries.forEach((entry) -> stop(entry.name()));
				// Nobody is always started first
				Collections.rotate(order, 1);
			}
			order.forEach(this::startAndWarmUp);
			measure(order, (launch - 1) * this.options.rounds());
		}
		if (this.options.systemCalls() && SystemCalls.canBeCounted()) {
			this.descriptions.keySet().forEach(this::countSystemCalls);
		}
	}

	private void startAndWarmUp(Entry entry) {
		if (start(entry)) {
			attempt(entry.name(), () -> {
				warmUp(contender(entry.name()));
				contender(entry.name()).pause();
			});
		}
	}

	private void measure(List<Entry> entries, int roundsBefore) {
		List<Entry> order = new ArrayList<>(entries);
		for (int round = 1; round <= this.options.rounds(); round++) {
			for (Entry entry : order) {
				measure(entry.name(), roundsBefore + round);
			}
			// Nobody always follows the same one
			Collections.rotate(order, 1);
		}
	}

	private boolean start(Entry entry) {
		if (this.skipped.containsKey(entry.name())) {
			return false;
		}
		say("starting %s", entry.name());
		return attempt(entry.name(), () -> add(entry.start()));
	}

	private synchronized void add(Contender contender) {
		if (this.closed) {
			contender.close();
			throw new IllegalStateException("The contest is over");
		}
		this.contenders.put(contender.name(), contender);
	}

	private synchronized Contender contender(String name) {
		Contender contender = this.contenders.get(name);
		if (contender == null) {
			throw new IllegalStateException(name + " does not run");
		}
		return contender;
	}

	private void warmUp(Contender contender) throws IOException {
		Duration time = this.options.warmUp();
		long end = System.nanoTime() + time.toNanos();
		boolean enough = time.isZero();
		while (!enough) {
			this.workload.warmUp(contender, time);
			enough = this.workload.isTimed() || System.nanoTime() >= end;
		}
	}

	private void measure(String name, int round) {
		if (this.skipped.containsKey(name)) {
			return;
		}
		attempt(name, () -> {
			Contender contender = contender(name);
			contender.resume();
			if (this.workload.isTimed()) {
				this.workload.measure(contender, SETTLING, 0, new Meter(contender));
			}
			Meter meter = new Meter(contender);
			Sample sample = this.workload.measure(contender, this.options.time(), round, meter);
			contender.requireAlive();
			contender.pause();
			Measurement measurement = Measurement.of(name, round, sample, meter);
			this.measurements.add(measurement);
			say("round %d  %-26s %s", round, name, text(measurement));
		});
	}

	private String text(Measurement measurement) {
		List<Figure> figures = new ArrayList<>(this.workload.figures());
		for (Figure figure : List.of(Figure.CPU, Figure.FAILED, Figure.NOISE)) {
			if (!figures.contains(figure)) {
				figures.add(figure);
			}
		}
		StringBuilder text = new StringBuilder();
		for (Figure figure : figures) {
			Double value = measurement.figures().get(figure);
			if (value != null) {
				text.append(String.format(Locale.ROOT, "%s %s  ", figure.label(), figure.format(value)));
			}
		}
		return text.toString();
	}

	private void countSystemCalls(String name) {
		Wrk load = this.workload.systemCallLoad();
		if (load == null || this.skipped.containsKey(name)) {
			return;
		}
		say("counting system calls of %s", name);
		attempt(name, () -> {
			contender(name).resume();
			this.systemCalls.put(name, SystemCalls.count(contender(name), load));
			contender(name).pause();
		});
	}

	private boolean attempt(String name, Step step) {
		try {
			step.run();
			return true;
		}
		catch (IOException | RuntimeException | AssertionError ex) {
			this.failed = true;
			this.skipped.put(name, "failed: " + String.valueOf(ex.getMessage()).lines().findFirst().orElse(""));
			say("failed   %s: %s", name, ex);
			stop(name);
			return false;
		}
	}

	private void stop(String name) {
		Contender contender;
		synchronized (this) {
			contender = this.contenders.remove(name);
		}
		if (contender != null) {
			contender.close();
		}
	}

	private void say(String format, Object... arguments) {
		this.out.println(String.format(Locale.ROOT, format, arguments));
	}

	@Override
	public void close() {
		List<Contender> left;
		synchronized (this) {
			this.closed = true;
			left = new ArrayList<>(this.contenders.values());
			this.contenders.clear();
		}
		left.forEach(Contender::close);
	}

	/**
	 * Something that may fail for one contender.
	 */
	@FunctionalInterface
	private interface Step {

		void run() throws IOException;

	}

}
