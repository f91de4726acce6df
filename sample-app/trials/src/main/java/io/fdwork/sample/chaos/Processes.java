package io.fdwork.sample.chaos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What proc(5) says of processes, and signals to them.
 */
final class Processes {

	private static final int GROUP = 2;

	private Processes() {
	}

	/**
	 * Return the pids of all processes that have an argument, whoever has started them.
	 */
	static Set<Long> withArgument(String argument) throws IOException {
		try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
			return entries.filter((entry) -> entry.getFileName().toString().matches("\\d+"))
				.filter((entry) -> List.of(read(entry.resolve("cmdline")).split("\0")).contains(argument))
				.map((entry) -> Long.valueOf(entry.getFileName().toString()))
				.collect(Collectors.toSet());
		}
	}

	static boolean isAlive(long pid) {
		return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
	}

	/**
	 * Return whether every thread of a process is stopped.
	 */
	static boolean isStopped(long pid) throws IOException {
		try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
			// One that has ended says nothing
			return threads.map((thread) -> read(thread.resolve("status")))
				.allMatch((status) -> status.isEmpty() || status.contains("State:\tT"));
		}
	}

	/**
	 * Send a signal.
	 * @param name the name of the signal
	 * @param targets pids, and process groups as negative numbers
	 */
	static void signal(String name, Collection<Long> targets) throws IOException {
		List<String> command = new ArrayList<>(List.of("kill", "-" + name, "--"));
		targets.forEach((target) -> command.add(String.valueOf(target)));
		try {
			new ProcessBuilder(command).start().waitFor();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Return the process groups of processes, as negative numbers.
	 */
	static Set<Long> groups(Collection<Long> pids) {
		return pids.stream()
			.map((pid) -> read(Path.of("/proc", Long.toString(pid), "stat")))
			.filter((stat) -> !stat.isEmpty())
			// What follows the name, which may have anything in it
			.map((stat) -> stat.substring(stat.lastIndexOf(')') + 2).split(" ")[GROUP])
			.map((group) -> -Long.parseLong(group))
			.collect(Collectors.toSet());
	}

	// Nothing of a process that has ended
	private static String read(Path file) {
		try {
			return Files.readString(file, StandardCharsets.ISO_8859_1);
		}
		catch (IOException ex) {
			return "";
		}
	}

}
