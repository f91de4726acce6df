package io.fdwork.internal.systemd;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.InheritedDescriptors;
import org.jspecify.annotations.Nullable;

/**
 * The systemd that has started this process, as the environment describes it
 * (sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3)). Without that description
 * every method does nothing. Safe for all threads.
 */
public final class Systemd implements AutoCloseable {

	/**
	 * The variables that are for this process alone.
	 */
	public static final Set<String> VARIABLES = Set.of("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET",
			"WATCHDOG_PID", "WATCHDOG_USEC");

	/**
	 * The most descriptors of one message (SCM_MAX_FD), and more than there are
	 * listeners.
	 */
	static final int MAX_SOCKETS = 253;

	private static final String UNNAMED = "unknown";

	private final List<String> names;

	private final InheritedSockets inherited;

	private final Notifier notifier;

	private final @Nullable Duration watchdogInterval;

	private boolean taken;

	private @Nullable Watch watch;

	private boolean closed;

	private Systemd(List<String> names, InheritedSockets inherited, Notifier notifier,
			@Nullable Duration watchdogInterval) {
		this.names = names;
		this.inherited = inherited;
		this.notifier = notifier;
		this.watchdogInterval = watchdogInterval;
	}

	/**
	 * Return what stands for no systemd.
	 * @return an instance that does nothing
	 */
	public static Systemd none() {
		return of(Map.of());
	}

	/**
	 * Read the environment. Nothing is opened or taken yet.
	 * @param environment the variables of this process
	 * @return what they describe, to be closed by the caller
	 * @throws SystemdEnvironmentException if they cannot be true
	 */
	public static Systemd of(Map<String, String> environment) {
		return of(environment, ProcessHandle.current().pid(), InheritedDescriptors::take);
	}

	static Systemd of(Map<String, String> environment, long pid, InheritedSockets inherited) {
		return new Systemd(names(environment, pid), inherited, new Notifier(notifySocket(environment)),
				watchdogInterval(environment, pid));
	}

	private static List<String> names(Map<String, String> environment, long pid) {
		String count = environment.get("LISTEN_FDS");
		// A process that inherits the variables and not the sockets has another pid
		if (count == null || !isFor(pid, "LISTEN_PID", environment.get("LISTEN_PID"), false)) {
			return List.of();
		}
		int sockets = (int) number("LISTEN_FDS", count, 0, MAX_SOCKETS);
		String names = environment.get("LISTEN_FDNAMES");
		if (names == null) {
			return Collections.nCopies(sockets, UNNAMED);
		}
		List<String> split = (sockets > 0 || !names.isEmpty()) ? List.of(names.split(":", -1)) : List.of();
		if (split.size() != sockets) {
			throw SystemdEnvironmentException.of("LISTEN_FDNAMES", names,
					"a name for each of the " + sockets + " descriptors of LISTEN_FDS");
		}
		return split;
	}

	private static @Nullable String notifySocket(Map<String, String> environment) {
		String address = environment.get("NOTIFY_SOCKET");
		if (address != null && (address.length() < 2 || (address.charAt(0) != '/' && address.charAt(0) != '@'))) {
			throw SystemdEnvironmentException.of("NOTIFY_SOCKET", address,
					"an absolute path or @ and the name of an abstract socket");
		}
		return address;
	}

	private static @Nullable Duration watchdogInterval(Map<String, String> environment, long pid) {
		String micros = environment.get("WATCHDOG_USEC");
		if (micros == null || !isFor(pid, "WATCHDOG_PID", environment.get("WATCHDOG_PID"), true)) {
			return null;
		}
		return Duration.ofNanos(1000 * number("WATCHDOG_USEC", micros, 1, Long.MAX_VALUE / 1000));
	}

	private static boolean isFor(long pid, String variable, @Nullable String value, boolean unset) {
		return (value != null) ? number(variable, value, 1, Long.MAX_VALUE) == pid : unset;
	}

	private static long number(String variable, String value, long min, long max) {
		try {
			long number = Long.parseLong(value);
			if (number >= min && number <= max) {
				return number;
			}
		}
		catch (NumberFormatException ex) {
			throw new SystemdEnvironmentException(
					"The environment variable " + variable + " is '" + value + "', which is not a number", ex);
		}
		throw SystemdEnvironmentException.of(variable, value, "a number from " + min + " to " + max);
	}

	/**
	 * Take the sockets that were passed, which only the first call can do.
	 * @return the sockets, to be closed by the caller
	 * @throws SystemdEnvironmentException if there are fewer than the environment says
	 */
	public synchronized List<PassedSocket> takeSockets() {
		if (this.taken || this.names.isEmpty()) {
			return List.of();
		}
		this.taken = true;
		try {
			List<PassedSocket> sockets = new ArrayList<>();
			for (Descriptor descriptor : this.inherited.take(this.names.size())) {
				sockets.add(new PassedSocket(this.names.get(sockets.size()), descriptor));
			}
			return sockets;
		}
		catch (IOException ex) {
			throw new SystemdEnvironmentException("The environment variable LISTEN_FDS is '" + this.names.size()
					+ "', but there are not as many sockets: " + ex.getMessage(), ex);
		}
	}

	/**
	 * Return what tells systemd about this process.
	 * @return the notifier
	 */
	public Notifier notifier() {
		return this.notifier;
	}

	/**
	 * Begin to tell systemd that this process is alive, and its status, until
	 * {@link #close()}. Does nothing the second time.
	 * @param problem what keeps the process from its work, {@code null} while nothing
	 * does
	 * @param status the status, for people
	 */
	public synchronized void watch(Supplier<@Nullable String> problem, Supplier<String> status) {
		if (this.watch == null && !this.closed && this.notifier.isEnabled()) {
			this.watch = new Watch(this.notifier, this.watchdogInterval, problem, status);
			this.watch.start();
		}
	}

	@Override
	public synchronized void close() {
		this.closed = true;
		if (this.watch != null) {
			this.watch.close();
		}
		this.notifier.close();
	}

	/**
	 * Takes what the process was started with.
	 */
	interface InheritedSockets {

		List<Descriptor> take(int count) throws IOException;

	}

}
