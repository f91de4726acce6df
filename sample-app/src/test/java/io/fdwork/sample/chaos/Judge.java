package io.fdwork.sample.chaos;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * Finds where each connection was, and whether it may have had its fate. The rule: nothing
 * is refused, and nothing is lost but what was in service of a worker that was killed.
 */
final class Judge {

	private final int concurrency;

	private final boolean portClosesWithDaemon;

	/**
	 * Create a judge.
	 * @param concurrency how many connections a worker may have in service
	 * @param portClosesWithDaemon whether the rule has an exception: while there is no
	 * daemon clients may be refused, and what was accepted by no daemon or not yet put is
	 * lost with it
	 */
	Judge(int concurrency, boolean portClosesWithDaemon) {
		this.concurrency = concurrency;
		this.portClosesWithDaemon = portClosesWithDaemon;
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
		Map<Long, Integer> lossesOfWorkers = new HashMap<>();
		List<Finding> findings = new ArrayList<>();
		for (ClientConnection connection : connections.stream()
			.sorted(Comparator.comparingLong(ClientConnection::endNanos))
			.toList()) {
			Trace trace = joined.get(connection);
			Place place = place(connection, trace, lastGot);
			findings.add(new Finding(connection, trace, place, kind(connection, history),
					reason(connection, trace, place, history, lossesOfWorkers)));
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
			Map<Long, Integer> lossesOfWorkers) {
		if (trace != null && trace.workers().size() > 1) {
			return null;
		}
		return switch (connection.fate()) {
			case SERVED -> (trace != null && trace.isGot()) ? "answered" : null;
			case STALE -> (trace != null && trace.isGot() && !history.survivors().containsAll(trace.workers()))
					? "its worker ended" : null;
			case REFUSED -> reasonOfOutage(connection, history);
			case RESET, CLOSED -> reasonOfEnd(connection, trace, place, history, lossesOfWorkers);
			case WRONG, TIMED_OUT -> null;
		};
	}

	private @Nullable String reasonOfEnd(ClientConnection connection, @Nullable Trace trace, Place place,
			History history, Map<Long, Integer> lossesOfWorkers) {
		return switch (place) {
			case BACKLOG, DAEMON -> reasonOfOutage(connection, history);
			case TAKEN, SERVICE -> reasonOfKill(connection, trace, history, lossesOfWorkers);
			case PORT, QUEUE, ANSWERED -> null;
		};
	}

	private @Nullable String reasonOfOutage(ClientConnection connection, History history) {
		boolean during = history.outages()
			.stream()
			.anyMatch((outage) -> connection.startNanos() <= outage.untilNanos()
					&& connection.endNanos() >= outage.fromNanos());
		return (this.portClosesWithDaemon && during) ? "there was no daemon" : null;
	}

	private @Nullable String reasonOfKill(ClientConnection connection, Trace trace, History history,
			Map<Long, Integer> lossesOfWorkers) {
		for (History.Kill kill : history.kills()) {
			boolean during = connection.endNanos() >= kill.sentNanos() && trace.acceptedNanos() <= kill.deadNanos();
			boolean here = trace.workers().isEmpty() || trace.workers().contains(kill.pid());
			if (during && here && lossesOfWorkers.merge(kill.pid(), 1, Integer::sum) <= this.concurrency) {
				return "worker " + kill.pid() + " was killed";
			}
		}
		return null;
	}

}
