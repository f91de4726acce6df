package io.fdwork.sample.soak;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a process uses.
 *
 * @param pid its pid
 * @param descriptors how many descriptors it has open, besides those of jar files, which
 * loading a class may open
 * @param threads how many threads it has
 * @param heapBytes what is used of the heap after a full collection
 * @param nativeBytes what the JVM has committed besides the heap, as far as it tracks
 * that
 * @param residentBytes what is resident of it, pages that it shares with others included
 * @param own how many descriptors fdwork owns in it
 * @param leaked how many descriptors fdwork found that their owner forgot, since it
 * started
 */
record Figures(long pid, long descriptors, long threads, long heapBytes, long nativeBytes, long residentBytes, long own,
		long leaked) {

	private static final Pattern HEAP = Pattern.compile("\\bused (\\d+)([KMG])");

	private static final Pattern TOTAL = Pattern.compile("(?m)^Total: .*\\bcommitted=(\\d+)KB");

	private static final Pattern JAVA_HEAP = Pattern.compile("Java Heap \\(.*\\bcommitted=(\\d+)KB");

	/**
	 * Read what is used of the heap in the output of {@code jcmd GC.heap_info}, in bytes.
	 * @throws IllegalArgumentException if it is not there
	 */
	static long heapBytes(String output) {
		OptionalLong used = output.lines()
			.map(String::strip)
			.filter((line) -> !line.startsWith("Metaspace") && !line.startsWith("class space"))
			.map(HEAP::matcher)
			.filter(Matcher::find)
			// Collectors with generations have a line for each
			.mapToLong((matcher) -> Long.parseLong(matcher.group(1)) << shift(matcher.group(2)))
			.reduce(Long::sum);
		return used.orElseThrow(() -> new IllegalArgumentException("There is no heap in: " + output));
	}

	private static int shift(String unit) {
		return switch (unit) {
			case "K" -> 10;
			case "M" -> 20;
			default -> 30;
		};
	}

	/**
	 * Read what is committed besides the heap in the output of
	 * {@code jcmd VM.native_memory
	 * summary}, in bytes.
	 * @throws IllegalArgumentException if it is not there
	 */
	static long nativeBytes(String output) {
		return (first(TOTAL, output) - first(JAVA_HEAP, output)) << 10;
	}

	/**
	 * Read a number of {@code /proc/PID/status}.
	 * @param name for instance {@code Threads}
	 * @throws IllegalArgumentException if it is not there
	 */
	static long status(String status, String name) {
		return first(Pattern.compile("(?m)^" + Pattern.quote(name) + ":\\s+(\\d+)"), status);
	}

	/**
	 * Read a meter of a process in what Prometheus is answered.
	 * @param name the name there
	 * @throws IllegalArgumentException if it is not there
	 */
	static long meter(String scrape, String name, long pid) {
		Pattern pattern = Pattern
			.compile("(?m)^" + Pattern.quote(name) + "\\{[^}]*\\bpid=\"" + pid + "\"[^}]*\\} (\\S+)");
		Matcher matcher = pattern.matcher(scrape);
		if (!matcher.find()) {
			throw new IllegalArgumentException("There is no " + name + " of process " + pid);
		}
		return (long) Double.parseDouble(matcher.group(1));
	}

	private static long first(Pattern pattern, String text) {
		Matcher matcher = pattern.matcher(text);
		if (!matcher.find()) {
			throw new IllegalArgumentException("There is no " + pattern + " in: " + text);
		}
		return Long.parseLong(matcher.group(1));
	}

}
