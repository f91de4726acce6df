package io.fdwork.internal.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * Who a process is, for ever: its pid can be used again, but not in the same clock tick
 * of the same boot.
 *
 * @param pid its pid, as this process sees it
 * @param startTicks when it began, in clock ticks since the boot
 * @param boot which boot of the machine that was
 */
public record ProcessIdentity(long pid, long startTicks, String boot) {

	/**
	 * How long a tick of user space is on x86_64 and aarch64 (USER_HZ).
	 */
	private static final Duration TICK = Duration.ofMillis(10);

	// Kilobytes (proc_pid_status(5))
	private static final String RESIDENT = "VmRSS:";

	// Counted from the state, which is behind the name (proc_pid_stat(5))
	private static final int START_TIME = 19;

	/**
	 * Identify the process that has a pid now.
	 * @param pid the pid
	 * @return who it is, or {@code null} if this process sees no such process, or one
	 * that has ended and that nobody has reaped
	 * @throws IOException if there is one, and it cannot be looked at now
	 */
	public static @Nullable ProcessIdentity of(long pid) throws IOException {
		String[] fields = stat(pid);
		return (fields == null) ? null : new ProcessIdentity(pid, Long.parseLong(fields[START_TIME]), BootClock.boot());
	}

	/**
	 * Return what the kernel says of a process, from its state on, or {@code null} if it
	 * is not there.
	 */
	private static String @Nullable [] stat(long pid) throws IOException {
		Path file = Path.of("/proc", String.valueOf(pid), "stat");
		String stat;
		try {
			stat = Files.readString(file, StandardCharsets.ISO_8859_1);
		}
		catch (IOException ex) {
			if (Files.exists(file)) {
				throw ex;
			}
			return null;
		}
		// The name of the command may have parentheses and blanks
		String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
		boolean ended = fields[0].equals("Z") || fields[0].equals("X");
		return (ended) ? null : fields;
	}

	/**
	 * Return whether a signal has stopped the process: it does nothing until another one
	 * lets it go on.
	 * @return {@code false} also if it has ended or cannot be looked at
	 */
	public boolean isStopped() {
		try {
			String[] fields = stat(this.pid);
			return fields != null && fields[0].equalsIgnoreCase("T") && equals(of(this.pid));
		}
		catch (IOException ex) {
			return false;
		}
	}

	/**
	 * Return whether the process is there.
	 * @return {@code false} if it has ended, and {@code true} while that cannot be known
	 */
	public boolean isAlive() {
		try {
			return equals(of(this.pid));
		}
		catch (IOException ex) {
			return true;
		}
	}

	/**
	 * Return how much memory of the process is resident.
	 * @return the bytes, 0 if it has ended or cannot be looked at
	 */
	public long residentBytes() {
		try (Stream<String> lines = Files.lines(Path.of("/proc", String.valueOf(this.pid), "status"),
				StandardCharsets.ISO_8859_1)) {
			long kilobytes = lines.filter((line) -> line.startsWith(RESIDENT))
				.mapToLong((line) -> Long.parseLong(line.replaceAll("[^0-9]", "")))
				.findFirst()
				.orElse(0);
			// Looked at afterwards: another process may have the pid now
			return (equals(of(this.pid))) ? kilobytes * 1024 : 0;
		}
		catch (IOException | UncheckedIOException ex) {
			return 0;
		}
	}

	/**
	 * Return how long ago the process began, in this boot.
	 * @return its age
	 */
	public Duration age() {
		Duration age = BootClock.now().minus(TICK.multipliedBy(this.startTicks));
		return (age.isNegative()) ? Duration.ZERO : age;
	}

}
