package io.fdwork.sample.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * What is measured, how often and for how long.
 *
 * @param workloads names of workloads; all if there are none
 * @param peers what contenders are called, or how that begins; all if there are none
 * @param rounds how many rounds there are
 * @param time of each measurement
 * @param warmUp of each contender before the first round
 * @param systemCalls whether system calls are counted
 * @param output the directory that results are written to
 */
record Options(Set<String> workloads, Set<String> peers, int rounds, Duration time, Duration warmUp,
		boolean systemCalls, Path output) {

	static final String USAGE = """
			Usage: bench [--quick] [--workloads=NAME,...] [--peers=NAME,...] [--rounds=5] [--seconds=10]
			             [--warm-up=45] [--no-system-calls] [--output=DIRECTORY]
			Workloads: %s
			Peers: %s
			""";

	private static final int MAX_ROUNDS = 100;

	private static final int MAX_SECONDS = 600;

	private static final Options DEFAULTS = new Options(Set.of(), Set.of(), 5, Duration.ofSeconds(10),
			Duration.ofSeconds(45), true, Path.of("target", "bench"));

	Options {
		if (rounds < 1 || rounds > MAX_ROUNDS) {
			throw new IllegalArgumentException("There are 1 to " + MAX_ROUNDS + " rounds");
		}
		if (time.toSeconds() < 1 || time.toSeconds() > MAX_SECONDS || warmUp.isNegative()
				|| warmUp.toSeconds() > MAX_SECONDS) {
			throw new IllegalArgumentException("A measurement takes 1 to " + MAX_SECONDS + " s");
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
			options = options.with(parts[0], (parts.length > 1) ? parts[1] : "");
		}
		return options;
	}

	private Options with(String name, String value) {
		return switch (name) {
			case "--quick" -> new Options(Set.of("connections", "keep-alive"), Set.of("direct", "c-handoff", "fdwork-netty"),
					2, Duration.ofSeconds(2), Duration.ofSeconds(4), true, this.output);
			case "--workloads" -> new Options(names(value), this.peers, this.rounds, this.time, this.warmUp,
					this.systemCalls, this.output);
			case "--peers" -> new Options(this.workloads, names(value), this.rounds, this.time, this.warmUp,
					this.systemCalls, this.output);
			case "--rounds" -> new Options(this.workloads, this.peers, Integer.parseInt(value), this.time, this.warmUp,
					this.systemCalls, this.output);
			case "--seconds" -> new Options(this.workloads, this.peers, this.rounds, seconds(value), this.warmUp,
					this.systemCalls, this.output);
			case "--warm-up" -> new Options(this.workloads, this.peers, this.rounds, this.time, seconds(value),
					this.systemCalls, this.output);
			case "--no-system-calls" -> new Options(this.workloads, this.peers, this.rounds, this.time, this.warmUp,
					false, this.output);
			case "--output" -> new Options(this.workloads, this.peers, this.rounds, this.time, this.warmUp,
					this.systemCalls, Path.of(value));
			default -> throw new IllegalArgumentException("What is " + name + "?");
		};
	}

	private static Set<String> names(String value) {
		return Set.of(value.split(","));
	}

	private static Duration seconds(String value) {
		return Duration.ofSeconds(Long.parseLong(value));
	}

	/**
	 * Return the workloads that are asked for.
	 * @throws IllegalArgumentException if there is one that does not exist
	 */
	List<Workload> chosen(List<Workload> all) {
		for (String name : this.workloads) {
			if (all.stream().noneMatch((workload) -> workload.name().equals(name))) {
				throw new IllegalArgumentException("There is no workload " + name);
			}
		}
		return all.stream()
			.filter((workload) -> this.workloads.isEmpty() || this.workloads.contains(workload.name()))
			.toList();
	}

	/**
	 * Return whether a contender is asked for.
	 */
	boolean wants(Entry entry) {
		return this.peers.isEmpty() || this.peers.stream().anyMatch(entry.name()::startsWith);
	}

}
