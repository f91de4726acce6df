package io.fdwork.sample.chaos;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * Finds where each connection was, and whether it may have had its fate. The rule: nothing
 * is refused, and nothing is lost but what was in the hands of a process that was killed.
 * For a worker that is what it had in service, for the daemon the one connection that it
 * had accepted and was about to put.
 */
final class Judge {

	private static final int IN_HANDS_OF_DAEMON = 1;

	private final int concurrency;

	/**
	 * Create a judge.
	 * @param concurrency how many connections a worker may have in service
	 */
	Judge(int concurrency) {
		this.concurrency = concurrency;
	}

	/**
	 * Judge a run.
	 * @param connections what the clients saw
	 * @param traces what the processes wrote down
	 * @param history what was done to the fleet
	 * @return a finding for each connection, in the order of their ends
	 */
	List<Finding> judge(List<ClientConnection> connections, List<Trace> traces, History history) {
		Map<ClientConnection, Trace> joined = join(connections, traces);
		Map<String, Long> lastGot = new HashMap<>();
		traces.stream().filter(Trace::isGot).forEach((trace) -> lastGot.merge(trace.origin(), trace.order(), Math::max));
		Map<Long, Integer> losses = new HashMap<>();
		List<Finding> findings = new ArrayList<>();
		for (ClientConnection connection : connections.stream()
			.sorted(Comparator.comparingLong(ClientConnection::endNanos))
			.toList()) {
			Trace trace = joined.get(connection);
			Place place = place(connection, trace, lastGot);
			findings.add(new Finding(connection, trace, place, kind(connection, history),
					reason(connection, trace, place, history, losses)));
		}
		return findings;
	}

	// A client uses a port again and again: a trace is of the last connection that began before
	private static Map<ClientConnection, Trace> join(List<ClientConnection> connections, List<Trace> traces) {
		Map<Integer, TreeMap<Long, ClientConnection>> byPort = new HashMap<>();
		for (ClientConnection connection : connections) {
			byPort.computeIfAbsent(connection.port(), (port) -> new TreeMap<>()).put(connection.startNanos(), connection);
		}
		Map<ClientConnection, Trace> joined = new HashMap<>();
		for (Trace trace : traces) {
			Map.Entry<Long, ClientConnection> entry = byPort.getOrDefault(trace.port(), new TreeMap<>())
				.floorEntry(trace.acceptedNanos());
			if (entry != null) {
				joined.merge(entry.getValue(), trace,
						(one, other) -> (one.acceptedNanos() > other.acceptedNanos()) ? one : other);
			}
		}
		return joined;
	}

	private static Place place(ClientConnection connection, @Nullable Trace trace, Map<String, Long> lastGot) {
		if (connection.fate() == Fate.REFUSED) {
			return Place.PORT;
		}
		if (trace == null) {
			return Place.BACKLOG;
		}
		if (trace.isGot()) {
			return (trace.answers() > connection.answered() || connection.fate() == Fate.SERVED) ? Place.ANSWERED
					: Place.SERVICE;
		}
		if (lastGot.getOrDefault(trace.origin(), 0L) > trace.order()) {
			return Place.TAKEN;
		}
		return (trace.isPut()) ? Place.QUEUE : Place.DAEMON;
	}

	private static Step.@Nullable Kind kind(ClientConnection connection, History history) {
		Step.Kind kind = null;
		for (History.Event event : history.events()) {
			if (event.startNanos() <= connection.endNanos()) {
				kind = event.kind();
			}
		}
		return kind;
	}

	private @Nullable String reason(ClientConnection connection, @Nullable Trace trace, Place place, History history,
			Map<Long, Integer> losses) {
		if (trace != null && trace.workers().size() > 1) {
			return null;
		}
		return switch (connection.fate()) {
			case SERVED -> (trace != null && trace.isGot()) ? "answered" : null;
			case STALE -> (trace != null && trace.isGot() && !history.survivors().containsAll(trace.workers()))
					? "its worker ended" : null;
			case RESET, CLOSED -> (trace != null) ? reasonOfEnd(connection, trace, place, history, losses) : null;
			case REFUSED, WRONG, TIMED_OUT -> null;
		};
	}

	private @Nullable String reasonOfEnd(ClientConnection connection, Trace trace, Place place, History history,
			Map<Long, Integer> losses) {
		return switch (place) {
			case DAEMON -> reasonOfKill(connection, trace, Set.of(trace.daemon()), history.daemonKills(),
					IN_HANDS_OF_DAEMON, losses);
			case TAKEN, SERVICE -> reasonOfKill(connection, trace, trace.workers(), history.workerKills(),
					this.concurrency, losses);
			case PORT, BACKLOG, QUEUE, ANSWERED -> null;
		};
	}

	// Without holders it may have been anybody
	private static @Nullable String reasonOfKill(ClientConnection connection, Trace trace, Set<Long> holders,
			List<History.Kill> kills, int limit, Map<Long, Integer> losses) {
		for (History.Kill kill : kills) {
			boolean during = connection.endNanos() >= kill.sentNanos() && trace.acceptedNanos() <= kill.deadNanos();
			boolean here = holders.isEmpty() || holders.contains(kill.pid());
			if (during && here && losses.merge(kill.pid(), 1, Integer::sum) <= limit) {
				return "process " + kill.pid() + " was killed";
			}
		}
		return null;
	}

}
