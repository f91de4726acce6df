package io.fdwork.internal.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time since the boot of the machine, suspended time included (CLOCK_BOOTTIME). It is
 * the same for all processes, outlives each of them, and nobody can set it.
 */
public final class BootClock {

	private static final Logger logger = LoggerFactory.getLogger(BootClock.class);

	private static final Path UPTIME = Path.of("/proc/uptime");

	private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

	private static final String BOOT = readBoot();

	// For the moment in which it cannot be read, as no descriptor is left for instance
	private static volatile long lastOffsetNanos;

	private BootClock() {
	}

	/**
	 * Return what tells this boot of the machine from every other.
	 * @return the id of the boot; where the kernel does not tell, one that no other
	 * process has
	 */
	public static String boot() {
		return BOOT;
	}

	private static String readBoot() {
		try {
			return Files.readString(BOOT_ID).strip();
		}
		catch (IOException ex) {
			logger.debug("The kernel does not tell which boot this is", ex);
			return UUID.randomUUID().toString();
		}
	}

	/**
	 * Return how long the machine runs.
	 * @return the time, to a hundredth of a second
	 */
	public static Duration now() {
		try {
			String uptime = Files.readString(UPTIME);
			long nanos = Math.round(Double.parseDouble(uptime.substring(0, uptime.indexOf(' '))) * 1e9);
			lastOffsetNanos = nanos - System.nanoTime();
			return Duration.ofNanos(nanos);
		}
		catch (IOException ex) {
			logger.debug("The uptime cannot be read", ex);
			return Duration.ofNanos(System.nanoTime() + lastOffsetNanos);
		}
	}

}
