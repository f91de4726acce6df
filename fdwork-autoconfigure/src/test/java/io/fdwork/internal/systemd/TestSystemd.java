package io.fdwork.internal.systemd;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.fdwork.descriptor.Descriptor;
import org.jspecify.annotations.Nullable;

/**
 * A systemd that passes what a test wants.
 */
public final class TestSystemd {

	private static final long PID = 4711;

	private TestSystemd() {
	}

	/**
	 * Return a systemd that passes nothing and has a watchdog.
	 * @param notifySocket where it is told
	 * @param interval when the watchdog bites
	 */
	public static Systemd watching(String notifySocket, Duration interval) {
		return Systemd.of(
				Map.of("NOTIFY_SOCKET", notifySocket, "WATCHDOG_USEC", String.valueOf(interval.toNanos() / 1000)), PID,
				(count) -> List.of());
	}

	/**
	 * Return a systemd.
	 * @param notifySocket where it is told, {@code null} for nowhere
	 * @param sockets what it passes; moved
	 */
	public static Systemd passing(@Nullable String notifySocket, PassedSocket... sockets) {
		Map<String, String> environment = new HashMap<>();
		if (notifySocket != null) {
			environment.put("NOTIFY_SOCKET", notifySocket);
		}
		environment.put("LISTEN_PID", String.valueOf(PID));
		environment.put("LISTEN_FDS", String.valueOf(sockets.length));
		environment.put("LISTEN_FDNAMES", String.join(":", List.of(sockets).stream().map(PassedSocket::name).toList()));
		List<Descriptor> descriptors = new ArrayList<>();
		for (PassedSocket socket : sockets) {
			descriptors.add(socket.descriptor());
		}
		return Systemd.of(environment, PID, (count) -> descriptors);
	}

}
