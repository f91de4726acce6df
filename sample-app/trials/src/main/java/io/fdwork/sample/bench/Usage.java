package io.fdwork.sample.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What processes have used so far.
 *
 * @param processes how many there are
 * @param cpuSeconds processor time, in steps of a hundredth of a second
 * @param rssBytes resident memory
 */
record Usage(int processes, double cpuSeconds, long rssBytes) {

	private static final Path PROC = Path.of("/proc");

	// What proc(5) counts in, on every architecture that fdwork runs on
	private static final double TICKS_PER_SECOND = 100;

	private static final int USER_TICKS = 11;

	/**
	 * Read the usage of processes by their part.
	 */
	static Map<String, Usage> of(Map<String, List<Long>> pids) throws IOException {
		Map<String, Usage> usages = new LinkedHashMap<>();
		for (Map.Entry<String, List<Long>> part : pids.entrySet()) {
			usages.put(part.getKey(), of(part.getValue()));
		}
		return usages;
	}

	/**
	 * Read the usage of processes together.
	 */
	static Usage of(Collection<Long> pids) throws IOException {
		double ticks = 0;
		long rss = 0;
		for (long pid : pids) {
			ticks += ticks(pid, 2);
			rss += rss(pid);
		}
		return new Usage(pids.size(), ticks / TICKS_PER_SECOND, rss);
	}

	/**
	 * Return the processor time of this process and of its children that have ended.
	 */
	static double ownSeconds() throws IOException {
		return ticks(ProcessHandle.current().pid(), 4) / TICKS_PER_SECOND;
	}

	// The fields are user, system, user of children, system of children
	private static double ticks(long pid, int fields) throws IOException {
		String stat = Files.readString(PROC.resolve(pid + "/stat"));
		// The name before may have blanks and parentheses in it
		String[] values = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
		double ticks = 0;
		for (int i = 0; i < fields; i++) {
			ticks += Long.parseLong(values[USER_TICKS + i]);
		}
		return ticks;
	}

	private static long rss(long pid) throws IOException {
		for (String line : Files.readAllLines(PROC.resolve(pid + "/status"))) {
			if (line.startsWith("VmRSS:")) {
				return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
			}
		}
		throw new NoSuchFileException("VmRSS of " + pid);
	}

}
