package io.fdwork.sample.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What is measured, how often and for how long.
 *
 * @param workloads names of workloads; all if there are none
 * @param peers what contenders are called, or how that begins; all if there are none
 * @param launches how often the contenders are started
 * @param rounds how many rounds there are after each start
 * @param time of each measurement
 * @param warmUp of each contender before the first round
 * @param systemCalls whether system calls are counted
 * @param before the directory {@code sample-app} of another build, or a jar of one, which
 * contenders of fdwork are compared to; {@code null} for none
 * @param output the directory that results are written to
 */
record Options(Set<String> workloads, Set<String> peers, int launches, int rounds, Duration time, Duration warmUp,
		boolean systemCalls, @Nullable Path before, Path output) {

	static final String USAGE = """
			Usage: bench [--quick] [--workloads=NAME,...] [--peers=NAME,...] [--launches=1] [--rounds=5]
			             [--seconds=10] [--warm-up=45] [--no-system-calls] [--before=DIRECTORY or JAR]
			             [--output=DIRECTORY]
			Workloads: %s
			Peers: %s
			""";

	private static final int MAX_LAUNCHES = 100;

	private static final int MAX_ROUNDS = 100;

	private static final int MAX_SECONDS = 600;

	Options {
		if (launches < 1 || launches > MAX_LAUNCHES) {
			throw new IllegalArgumentException("There are 1 to " + MAX_LAUNCHES + " launches");
		}
		if (rounds < 1 || rounds > MAX_ROUNDS) {
			throw new IllegalArgumentException("There are 1 to " + MAX_ROUNDS + " rounds");
		}
		if (time.toSeconds() < 1 || time.toSeconds() > MAX_SECONDS || warmUp.isNegative()
				|| warmUp.toSeconds() > MAX_SECONDS) {
			throw new IllegalArgumentException("A measurement takes 1 to " + MAX_SECONDS + " s");
		}
		if (before != null && !Files.exists(WebServer.REACTOR_NETTY.jar(before))) {
			throw new IllegalArgumentException("There is no " + WebServer.REACTOR_NETTY.jar(before));
		}
	}

	/**
	 * Read the arguments of the command.
	 * @throws IllegalArgumentException if there is one that means nothing
	 */
	static Options parse(String... arguments) {
		Set<String> workloads = Set.of();
		Set<String> peers = Set.of();
		int launches = 1;
		int rounds = 5;
		Duration time = Duration.ofSeconds(10);
		Duration warmUp = Duration.ofSeconds(45);
		boolean systemCalls = true;
		Path before = null;
		Path output = Path.of("target", "bench");
		for (String argument : arguments) {
			String value = argument.substring(argument.indexOf('=') + 1);
			switch (argument.split("=", 2)[0]) {
				case "--quick" -> {
					workloads = Set.of("connections", "keep-alive");
					peers = Set.of("direct", "c-handoff", "fdwork-netty");
					rounds = 2;
					time = Duration.ofSeconds(2);
					warmUp = Duration.ofSeconds(4);
				}
				case "--workloads" -> workloads = names(value);
				case "--peers" -> peers = names(value);
				case "--launches" -> launches = Integer.parseInt(value);
				case "--rounds" -> rounds = Integer.parseInt(value);
				case "--seconds" -> time = seconds(value);
				case "--warm-up" -> warmUp = seconds(value);
				case "--no-system-calls" -> systemCalls = false;
				case "--before" -> before = Path.of(value).toAbsolutePath();
				case "--output" -> output = Path.of(value);
				default -> throw new IllegalArgumentException("What is " + argument + "?");
			}
		}
		return new Options(workloads, peers, launches, rounds, time, warmUp, systemCalls, before, output);
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
