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
 * free number, so each number that fdwork gets tells how many are in use at least:
 * nothing has to be asked while these are low.
 *
 * @hidden
 */
@Internal
public final class DescriptorTable {

	private static final Logger logger = LoggerFactory.getLogger(DescriptorTable.class);

	private static final Path NUMBERS = Path.of("/proc/self/fd");

	private static final Path LIMITS = Path.of("/proc/self/limits");

	private static final String LIMIT_NAME = "Max open files";

	private static final Path STATUS = Path.of("/proc/self/status");

	private static final String CAPABILITIES = "CapEff:";

	private static final long CAP_SYS_ADMIN = 1L << 21;

	private static final long CAP_SYS_RESOURCE = 1L << 24;

	private static final Path USERS = Path.of("/proc/self/uid_map");

	private static final String EVERYBODY = "0 0 4294967295";

	/**
	 * How old a measurement may be: what others than fdwork open is seen by measuring
	 * only.
	 */
	private static final Duration MAX_AGE = Duration.ofSeconds(1);

	private static final int NEEDED = 512;

	private static final int SHARE = 4;

	private static final int MAX_SHARE = 16_384;

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

	/**
	 * Return how many descriptors of this user may be in flight when this process sends
	 * one.
	 * @return the limit of open files, or {@link Long#MAX_VALUE} if this process is
	 * privileged
	 */
	public static long inFlightLimit() {
		return (isPrivileged()) ? Long.MAX_VALUE : limit;
	}

	/**
	 * Whether the kernel exempts this process (unix(7)). Privileges that it has in a user
	 * namespace of its own are none here.
	 */
	private static boolean isPrivileged() {
		try (Stream<String> lines = Files.lines(STATUS)) {
			return EVERYBODY.equals(Files.readString(USERS).trim().replaceAll("\\s+", " "))
					&& lines.filter((line) -> line.startsWith(CAPABILITIES))
						.anyMatch((line) -> (Long.parseUnsignedLong(line.substring(CAPABILITIES.length()).trim(), 16)
								& (CAP_SYS_ADMIN | CAP_SYS_RESOURCE)) != 0);
		}
		catch (IOException ex) {
			logger.debug("Cannot read {}: treated as not privileged", STATUS, ex);
			return false;
		}
	}

	static void saw(int number) {
		if (number > highest) {
			highest = number;
		}
	}

	/**
	 * Return how many descriptors a process may hold on to that it could do without: a
	 * quarter of those that it has besides what every process needs.
	 * @param limit how many it may have open
	 * @return the number, 0 for a process with no more than 512
	 */
	public static long share(long limit) {
		return Math.min(MAX_SHARE, Math.max(0, limit - NEEDED) / SHARE);
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

	/**
	 * Return whether this process can open no more than a few files. Measures if it may
	 * be so.
	 * @param wanted how many it would open
	 * @return whether there is less room than that
	 */
	public static boolean isShortOf(long wanted) {
		return estimateFree() < wanted && measureFree() < wanted;
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
