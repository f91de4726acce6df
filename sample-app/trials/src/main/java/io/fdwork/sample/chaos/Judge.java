package io.fdwork.sample.chaos;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.jspecify.annotations.Nullable;

/**
 * Finds where each connection was, and whether it may have had its fate. The rule:
 * nothing is refused, and nothing is lost but what was in the hands of a process that was
 * killed. For a worker that is what it executed; what it had in service and was idle, or
 * unread, is served by another one, if the daemon is still the one that has accepted it.
 * For the daemon it is the one connection that it had accepted and was about to put, and
 * what it held: the connections that had gone home. Where all processes were told to end,
 * connections are refused until there is another daemon. Requests fail that a worker of a
 * release has got which fails a part of them. No request is executed twice, but one that
 * is replayed: by a worker that was killed, and by another one.
 * <p>
 * A connection that goes home is put again when its client sends the next request, which
 * is another request with a trace of its own.
 */
final class Judge {

	private static final int IN_HANDS_OF_DAEMON = 1;

	/**
	 * What a worker has read when it is killed, and has had no time to write down.
	 */
	private static final int JUST_READ = 1;

	private final int concurrency;

	private final LongPredicate replayed;

	/**
	 * Create a judge.
	 * @param concurrency how many connections a worker may have in service
	 * @param replayed says by the number of a connection whether its requests are
	 * replayed
	 */
	Judge(int concurrency, LongPredicate replayed) {
		this.concurrency = concurrency;
		this.replayed = replayed;
	}

	/**
	 * Judge a run.
	 * @param connections what the clients saw
	 * @param traces what the processes wrote down of connections
	 * @param executions what they wrote down of requests
	 * @param history what was done to the fleet
	 * @return a finding for each connection, in the order of their ends
	 */
	List<Finding> judge(List<ClientConnection> connections, List<Trace> traces, List<Execution> executions,
			History history) {
		Map<String, List<Execution>> executed = executions.stream().collect(Collectors.groupingBy(Execution::name));
		Map<ClientConnection, List<Trace>> joined = join(connections, traces);
		Map<String, Long> lastGot = new HashMap<>();
		traces.stream()
			.filter(Trace::isGot)
			.forEach((trace) -> lastGot.merge(trace.origin(), trace.order(), Math::max));
		Map<Hands, Integer> losses = new HashMap<>();
		List<Finding> findings = new ArrayList<>();
		for (ClientConnection connection : connections.stream()
			.sorted(Comparator.comparingLong(ClientConnection::endNanos))
			.toList()) {
			List<Trace> own = joined.getOrDefault(connection, List.of());
			Place place = place(connection, own, lastGot, history);
			String reason = (isExecutedRightly(connection, executed, history))
					? reason(connection, own, place, executed, history, losses) : null;
			findings.add(new Finding(withOwnFate(connection, own, executed, history), last(own), place,
					kind(connection, history), reason));
		}
		return findings;
	}

	// A client uses a port again and again: a trace is of
	// the last connection that began before
	private static Map<ClientConnection, List<Trace>> join(List<ClientConnection> connections, List<Trace> traces) {
		Map<Integer, TreeMap<Long, ClientConnection>> byPort = new HashMap<>();
		for (ClientConnection connection : connections) {
			byPort.computeIfAbsent(connection.port(), (port) -> new TreeMap<>())
				.put(connection.startNanos(), connection);
		}
		Map<ClientConnection, List<Trace>> joined = new HashMap<>();
		for (Trace trace : traces.stream().sorted(Comparator.comparingLong(Trace::acceptedNanos)).toList()) {
			Map.Entry<Long, ClientConnection> entry = byPort.getOrDefault(trace.port(), new TreeMap<>())
				.floorEntry(trace.acceptedNanos());
			if (entry != null) {
				joined.computeIfAbsent(entry.getValue(), (connection) -> new ArrayList<>()).add(trace);
			}
		}
		return joined;
	}

	private static @Nullable Trace last(List<Trace> traces) {
		return (traces.isEmpty()) ? null : traces.get(traces.size() - 1);
	}

	private static Place place(ClientConnection connection, List<Trace> traces, Map<String, Long> lastGot,
			History history) {
		if (connection.fate() == Fate.REFUSED) {
			return Place.PORT;
		}
		Trace trace = last(traces);
		if (trace == null) {
			return (history.daemonKills().stream().anyMatch((kill) -> kill.hit(connection))) ? Place.DAEMON
					: Place.BACKLOG;
		}
		if (trace.isGot()) {
			int answers = traces.stream().mapToInt(Trace::answers).sum();
			if (answers > connection.answered() || connection.fate() == Fate.SERVED) {
				return Place.ANSWERED;
			}
			return (trace.isLeft()) ? Place.HOME : Place.SERVICE;
		}
		if (lastGot.getOrDefault(trace.origin(), 0L) > trace.order()) {
			return Place.TAKEN;
		}
		return (trace.isPut()) ? Place.QUEUE : Place.DAEMON;
	}

	// The one that was not answered may have been executed, too
	private boolean isExecutedRightly(ClientConnection connection, Map<String, List<Execution>> executed,
			History history) {
		for (int i = 0; i < connection.answered(); i++) {
			List<Execution> executions = executions(connection, i, executed);
			if (executions.isEmpty() || !isOncePerRequest(connection, executions, history)) {
				return false;
			}
		}
		return isOncePerRequest(connection, executions(connection, connection.answered(), executed), history);
	}

	/**
	 * Return whether a request was executed once at most, or was replayed: by a worker
	 * that was killed, and then by another one.
	 */
	private boolean isOncePerRequest(ClientConnection connection, List<Execution> executions, History history) {
		if (executions.size() < 2) {
			return true;
		}
		Execution first = executions.stream().min(Comparator.comparingLong(Execution::nanos)).orElseThrow();
		return executions.size() == 2 && this.replayed.test(connection.number())
				&& history.workerKills().stream().anyMatch((kill) -> kill.pid() == first.worker())
				&& executions.stream().map(Execution::worker).distinct().count() == 2;
	}

	private static ClientConnection withOwnFate(ClientConnection connection, List<Trace> traces,
			Map<String, List<Execution>> executed, History history) {
		boolean replayed = connection.fate() == Fate.SERVED && IntStream.range(0, connection.answered())
			.anyMatch((request) -> executions(connection, request, executed).size() > 1);
		return (replayed) ? connection.with(Fate.REPLAYED)
				: (isRecovered(connection, traces, history)) ? connection.with(Fate.RECOVERED) : connection;
	}

	private static List<Execution> executions(ClientConnection connection, int request,
			Map<String, List<Execution>> executed) {
		return executed.getOrDefault(Execution.name(connection.number(), request), List.of());
	}

	/**
	 * Return whether a connection was served though a worker was killed that had it: its
	 * request was got once more, or its next one is another request.
	 */
	private static boolean isRecovered(ClientConnection connection, List<Trace> traces, History history) {
		Trace last = last(traces);
		return connection.fate() == Fate.SERVED && traces.stream()
			.anyMatch((trace) -> wasKilled(trace, history)
					&& (trace.workers().size() > 1 || (trace != last && !trace.isLeft())));
	}

	private static boolean wasKilled(Trace trace, History history) {
		return killed(trace, history) > 0;
	}

	private static long survivors(Trace trace, History history) {
		return trace.workers().size() - killed(trace, history);
	}

	private static long killed(Trace trace, History history) {
		return trace.workers()
			.stream()
			.filter((worker) -> history.workerKills().stream().anyMatch((kill) -> kill.pid() == worker))
			.count();
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

	private @Nullable String reason(ClientConnection connection, List<Trace> traces, Place place,
			Map<String, List<Execution>> executed, History history, Map<Hands, Integer> losses) {
		Trace trace = last(traces);
		// A worker that was killed may have another one after it
		if (traces.stream().anyMatch((own) -> survivors(own, history) > 1)) {
			return null;
		}
		if (mayEnd(connection)
				&& history.outages().stream().anyMatch((outage) -> outage.refusing() && outage.overlaps(connection))) {
			return "nobody listened";
		}
		if (trace == null) {
			return reasonOfEndWithoutTrace(connection, history, losses);
		}
		return switch (connection.fate()) {
			case SERVED, RECOVERED, REPLAYED -> (trace.isGot()) ? "answered" : null;
			case STALE, RESET, CLOSED -> reasonOfEnd(connection, traces, trace, place, executed, history, losses);
			case FAILED -> reasonOfFailure(trace, history);
			case REFUSED, WRONG, TIMED_OUT -> null;
		};
	}

	// What is refused, and what is kept alive without a request
	private static boolean mayEnd(ClientConnection connection) {
		return connection.fate() == Fate.REFUSED || connection.fate() == Fate.STALE;
	}

	// The daemon had accepted it, and had no time to write that down
	private static @Nullable String reasonOfEndWithoutTrace(ClientConnection connection, History history,
			Map<Hands, Integer> losses) {
		List<History.Kill> kills = history.daemonKills().stream().filter((kill) -> kill.hit(connection)).toList();
		return switch (connection.fate()) {
			case RESET, CLOSED -> reasonOfKill(connection, connection.startNanos(), Set.of(), kills, IN_HANDS_OF_DAEMON,
					Part.LISTENER, losses);
			case SERVED, RECOVERED, REPLAYED, STALE, REFUSED, WRONG, FAILED, TIMED_OUT -> null;
		};
	}

	private static @Nullable String reasonOfFailure(Trace trace, History history) {
		return trace.workers()
			.stream()
			.filter(history.failing()::contains)
			.findFirst()
			.map((worker) -> "worker " + worker + " is of a release that fails")
			.orElse(null);
	}

	private @Nullable String reasonOfEnd(ClientConnection connection, List<Trace> traces, Trace trace, Place place,
			Map<String, List<Execution>> executed, History history, Map<Hands, Integer> losses) {
		return switch (place) {
			// Those that were accepted and those that were at home have a thread each
			case DAEMON -> reasonOfKill(connection, trace.acceptedNanos(), Set.of(trace.daemon()),
					history.daemonKills(), IN_HANDS_OF_DAEMON, (traces.size() > 1) ? Part.IDLE : Part.LISTENER, losses);
			case TAKEN, SERVICE -> reasonOfWorkerKill(connection, trace, place,
					executions(connection, connection.answered(), executed), history, losses);
			// It may have been another daemon than the one that
			// accepted it, and any number of them
			case HOME -> reasonOfKill(connection, trace.leftNanos(), Set.of(), history.daemonKills(), Integer.MAX_VALUE,
					Part.HELD, losses);
			case PORT, BACKLOG, QUEUE, ANSWERED -> null;
		};
	}

	private @Nullable String reasonOfWorkerKill(ClientConnection connection, Trace trace, Place place,
			List<Execution> executions, History history, Map<Hands, Integer> losses) {
		for (History.Kill kill : history.workerKills()) {
			boolean executed = executions.stream().anyMatch((execution) -> execution.worker() == kill.pid());
			boolean replayed = this.replayed.test(connection.number());
			boolean held = isHeldByDaemon(trace, kill, history) && (replayed || !executed);
			// What is replayed ends with its second worker
			boolean server = !held || (replayed && killed(trace, history) > 1);
			int limit = (server) ? this.concurrency : (place == Place.SERVICE && !replayed) ? JUST_READ : 0;
			String reason = reasonOfKill(connection, trace.acceptedNanos(), trace.workers(), List.of(kill), limit,
					(server) ? Part.SERVER : Part.READ, losses);
			if (reason != null) {
				return reason;
			}
		}
		return null;
	}

	// What was in service when the daemon ended is not held by the next one
	private static boolean isHeldByDaemon(Trace trace, History.Kill kill, History history) {
		return !trace.isAcceptedByWorker() && history.outages()
			.stream()
			.noneMatch(
					(outage) -> outage.untilNanos() >= trace.acceptedNanos() && outage.fromNanos() <= kill.deadNanos());
	}

	// Without holders it may have been anybody
	private static @Nullable String reasonOfKill(ClientConnection connection, long sinceNanos, Set<Long> holders,
			List<History.Kill> kills, int limit, Part part, Map<Hands, Integer> losses) {
		for (History.Kill kill : kills) {
			boolean during = connection.endNanos() >= kill.sentNanos() && sinceNanos <= kill.deadNanos();
			boolean here = holders.isEmpty() || holders.contains(kill.pid());
			if (during && here && losses.merge(new Hands(kill.pid(), part), 1, Integer::sum) <= limit) {
				return "process " + kill.pid() + " was killed";
			}
		}
		return null;
	}

	/**
	 * What has a number of connections in its hands at most.
	 *
	 * @param pid the process
	 * @param part of that process
	 */
	private record Hands(long pid, Part part) {
	}

	/**
	 * A part of a process.
	 */
	private enum Part {

		/**
		 * Puts what the daemon accepts.
		 */
		LISTENER,

		/**
		 * Puts what was at home.
		 */
		IDLE,

		/**
		 * What is at home.
		 */
		HELD,

		/**
		 * What a worker has just read, and does not execute yet.
		 */
		READ,

		/**
		 * The server of a worker.
		 */
		SERVER

	}

}
