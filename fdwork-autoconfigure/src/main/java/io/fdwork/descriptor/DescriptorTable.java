package io.fdwork.descriptor;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import com.sun.management.UnixOperatingSystemMXBean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How full the table of open files of this process is. The kernel hands out the lowest
 * free number, so each number that fdwork gets tells how many are in use at least: nothing
 * has to be asked while these are low.
 */
public final class DescriptorTable {

	private static final Logger logger = LoggerFactory.getLogger(DescriptorTable.class);

	private static final Path NUMBERS = Path.of("/proc/self/fd");

	private static final Path LIMITS = Path.of("/proc/self/limits");

	private static final String LIMIT_NAME = "Max open files";

	/**
	 * How old a measurement may be: what others than fdwork open is seen by measuring only.
	 */
	private static final Duration MAX_AGE = Duration.ofSeconds(1);

	private static final long limit = readLimit();

	private static final AtomicLong measuredNanos = new AtomicLong(System.nanoTime() - MAX_AGE.toNanos());

	private static volatile long used;

	// Since the last measurement. A race loses one of many numbers
	private static volatile long highest;

	private DescriptorTable() {
	}

	private static long readLimit() {
		// The soft limit, which the JVM has raised to the hard one by now
		try (Stream<String> lines = Files.lines(LIMITS)) {
			return lines.filter((line) -> line.startsWith(LIMIT_NAME))
				.map((line) -> line.substring(LIMIT_NAME.length()).trim().split("\\s+")[0])
				.filter((number) -> number.matches("[0-9]{1,18}"))
				.map(Long::valueOf)
				.findFirst()
				.orElse(Long.MAX_VALUE);
		}
		catch (IOException ex) {
			logger.debug("Cannot read {}: treated as if there was no limit of open files", LIMITS, ex);
			return Long.MAX_VALUE;
		}
	}

	static void saw(int number) {
		if (number > highest) {
			highest = number;
		}
	}

	/**
	 * Return how many files this process may have open.
	 * @return the soft limit ({@code ulimit -n})
	 */
	public static long limit() {
		return limit;
	}

	/**
	 * Return about how many more files this process can open. Costs no system call, but
	 * one measurement a second.
	 * @return the number, by the last measurement and what fdwork got since
	 */
	public static long estimateFree() {
		long now = System.nanoTime();
		long last = measuredNanos.get();
		if (now - last >= MAX_AGE.toNanos() && measuredNanos.compareAndSet(last, now)) {
			measure();
		}
		return limit - Math.max(used, highest + 1);
	}

	/**
	 * Return how many more files this process can open at this moment.
	 * @return the number, counted by the kernel
	 */
	public static long measureFree() {
		measure();
		return limit - used;
	}

	private static void measure() {
		highest = 0;
		used = count();
	}

	private static long count() {
		try {
			// Linux 6.2 and later
			long count = Files.size(NUMBERS);
			if (count > 0) {
				return count;
			}
		}
		catch (IOException ex) {
			logger.trace("Cannot read {}", NUMBERS, ex);
		}
		return (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system)
				? system.getOpenFileDescriptorCount() : 0;
	}

}
