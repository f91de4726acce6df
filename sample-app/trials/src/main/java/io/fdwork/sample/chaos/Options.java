package io.fdwork.sample.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.convert.DurationStyle;

/**
 * What is done to a fleet, for how long, and under which load.
 *
 * @param duration after which no more steps are taken; the last one is completed
 * @param seed determines the steps; {@code null} to draw one
 * @param requests how many requests there are on each connection
 * @param kinds what is done
 * @param times how often each of these is done; 0 for until the time is up
 * @param replay whether every other connection sends requests that are replayed
 * @param output the directory that the losses, journals and logs go to
 */
record Options(Duration duration, @Nullable Long seed, int requests, List<Step.Kind> kinds, int times, boolean replay,
		Path output) {

	static final String USAGE = """
			Usage: chaos [duration, 60s] [seed, random] [requests on each connection, 1]
			             [--steps=STEP,... (all)] [--times=N] [--replay] [--output=DIRECTORY]
			With --times each step is taken so often, and the duration is the limit, 2h unless given.
			Steps: %s
			""".formatted(String.join(", ", Arrays.stream(Step.Kind.values()).map(Options::name).toList()));

	private static final Duration DEFAULT_DURATION = Duration.ofSeconds(60);

	private static final Duration MAX_DURATION = Duration.ofHours(2);

	private static final int MAX_TIMES = 10_000;

	Options {
		kinds = List.copyOf(kinds);
		if (duration.isNegative() || duration.compareTo(MAX_DURATION) > 0) {
			throw new IllegalArgumentException("Not longer than " + MAX_DURATION.toHours() + " hours");
		}
		if (requests < 1) {
			throw new IllegalArgumentException("There is at least one request on each connection");
		}
		if (times < 0 || times > MAX_TIMES) {
			throw new IllegalArgumentException("Not more than " + MAX_TIMES + " times");
		}
		if (kinds.stream().distinct().count() < kinds.size()) {
			throw new IllegalArgumentException("There is a step twice: say how often with --times");
		}
	}

	/**
	 * Read the arguments of the command.
	 * @throws IllegalArgumentException if there is one that means nothing
	 */
	static Options parse(String... arguments) {
		Duration duration = null;
		Long seed = null;
		int requests = 1;
		List<Step.Kind> kinds = List.of(Step.Kind.values());
		int times = 0;
		boolean replay = false;
		Path output = Path.of("target", "chaos");
		int place = 0;
		for (String argument : arguments) {
			String value = argument.substring(argument.indexOf('=') + 1);
			switch ((argument.startsWith("--")) ? argument.split("=", 2)[0] : "argument " + ++place) {
				case "argument 1" -> duration = DurationStyle.detectAndParse(value);
				case "argument 2" -> seed = Long.parseLong(value);
				case "argument 3" -> requests = Integer.parseInt(value);
				case "--steps" -> kinds = Arrays.stream(value.split(",")).map(Options::kind).toList();
				case "--times" -> times = Integer.parseInt(value);
				case "--replay" -> replay = true;
				case "--output" -> output = Path.of(value);
				default -> throw new IllegalArgumentException("What is " + argument + "?");
			}
		}
		if (duration == null) {
			duration = (times > 0) ? MAX_DURATION : DEFAULT_DURATION;
		}
		return new Options(duration, seed, requests, kinds, times, replay, output);
	}

	private static Step.Kind kind(String name) {
		return Arrays.stream(Step.Kind.values())
			.filter((kind) -> name(kind).equals(name))
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException("There is no step " + name));
	}

	private static String name(Step.Kind kind) {
		return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	/**
	 * Return how many steps there are, if time allows.
	 */
	long steps() {
		return (this.times > 0) ? (long) this.times * this.kinds.size() : Long.MAX_VALUE;
	}

}
