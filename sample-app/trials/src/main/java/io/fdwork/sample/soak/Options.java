package io.fdwork.sample.soak;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How much load there is, and where the report goes.
 *
 * @param connections how many connections are made between the two measurements
 * @param warmUp how many are made before the first one
 * @param concurrency how many there are at a time
 * @param limit how long making the connections may take
 * @param output the directory that the report goes to
 */
record Options(int connections, int warmUp, int concurrency, Duration limit, Path output) {

	static final String USAGE = """
			Usage: soak [connections, 1000000] [--warm-up=50000] [--concurrency=64] [--minutes=60]
			            [--output=DIRECTORY]
			""";

	private static final int MAX_CONNECTIONS = 100_000_000;

	// What the backlog of a listener and a few hundred descriptors of the client allow
	private static final int MAX_CONCURRENCY = 500;

	private static final int MAX_MINUTES = 24 * 60;

	private static final Options DEFAULTS = new Options(1_000_000, 50_000, 64, Duration.ofMinutes(60),
			Path.of("target", "soak"));

	Options {
		if (connections < 1 || connections > MAX_CONNECTIONS || warmUp < 0 || warmUp > MAX_CONNECTIONS) {
			throw new IllegalArgumentException("There are 1 to " + MAX_CONNECTIONS + " connections");
		}
		if (concurrency < 1 || concurrency > MAX_CONCURRENCY) {
			throw new IllegalArgumentException("There are 1 to " + MAX_CONCURRENCY + " connections at a time");
		}
		if (limit.toMinutes() < 1 || limit.toMinutes() > MAX_MINUTES) {
			throw new IllegalArgumentException("It takes 1 to " + MAX_MINUTES + " minutes");
		}
	}

	/**
	 * Read the arguments of the command.
	 * @throws IllegalArgumentException if there is one that means nothing
	 */
	static Options parse(String... arguments) {
		Options options = DEFAULTS;
		for (String argument : arguments) {
			String[] parts = argument.split("=", 2);
			options = (argument.startsWith("--")) ? options.with(parts[0], (parts.length > 1) ? parts[1] : "")
					: options.with("", argument);
		}
		return options;
	}

	private Options with(String name, String value) {
		return switch (name) {
			case "" -> new Options(number(value), this.warmUp, this.concurrency, this.limit, this.output);
			case "--warm-up" -> new Options(this.connections, number(value), this.concurrency, this.limit, this.output);
			case "--concurrency" -> new Options(this.connections, this.warmUp, number(value), this.limit, this.output);
			case "--minutes" -> new Options(this.connections, this.warmUp, this.concurrency,
					Duration.ofMinutes(number(value)), this.output);
			case "--output" -> new Options(this.connections, this.warmUp, this.concurrency, this.limit, Path.of(value));
			default -> throw new IllegalArgumentException("What is " + name + "?");
		};
	}

	private static int number(String value) {
		try {
			return Integer.parseInt(value);
		}
		catch (NumberFormatException ex) {
			throw new IllegalArgumentException("'" + value + "' is not a number", ex);
		}
	}

}
