package io.fdwork.internal.actuate;

import java.time.Instant;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fdwork.WorkOutcome;
import io.fdwork.fleet.ConnectionFates;
import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.FleetState;
import io.fdwork.fleet.WorkerExit;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.daemon.DaemonState;
import io.fdwork.internal.daemon.ListenerState;
import io.fdwork.internal.queue.QueueSnapshot;
import io.fdwork.internal.recovery.Fate;
import io.fdwork.internal.recovery.RecoverySnapshot;
import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.internal.worker.DaemonLife;
import io.fdwork.internal.worker.WorkerSnapshot;
import io.fdwork.worker.WorkerState;
import org.jspecify.annotations.Nullable;

/**
 * What the endpoint answers: the state of a daemon or of a worker at one moment.
 */
public sealed interface FdworkDescription {

	/**
	 * A daemon.
	 *
	 * @param role {@code daemon}
	 * @param state where it is in its life
	 * @param pid its process
	 * @param listeners its listeners
	 * @param queues its queues
	 * @param idle the idle connections of each queue
	 * @param workers the workers connected to it
	 * @param recovery what it holds of the connections in service
	 * @param totals what all workers together have done that it has had
	 * @param fleet the workers that it starts itself, if it does
	 */
	@JsonInclude(JsonInclude.Include.NON_NULL)
	record DaemonDescription(String role, DaemonState state, long pid, List<ListenerDescription> listeners,
			List<QueueDescription> queues, List<IdleDescription> idle, List<WorkerDescription> workers,
			RecoveryDescription recovery, TotalsDescription totals,
			@Nullable FleetDescription fleet) implements FdworkDescription {

		static DaemonDescription of(DaemonSnapshot snapshot, @Nullable FleetSnapshot fleet) {
			return new DaemonDescription("daemon", snapshot.state(), snapshot.pid(),
					snapshot.listeners().stream().map(ListenerDescription::of).toList(),
					snapshot.queues().stream().map(QueueDescription::of).toList(),
					snapshot.idle().stream().map(IdleDescription::of).toList(),
					snapshot.workers().stream().map(WorkerDescription::of).toList(),
					RecoveryDescription.of(snapshot.recovery()), TotalsDescription.of(snapshot.totals()),
					(fleet != null) ? FleetDescription.of(fleet) : null);
		}

	}

	/**
	 * A worker, as it describes itself.
	 *
	 * @param role {@code worker}
	 * @param state where it is in its life
	 * @param pid its process
	 * @param name what it calls itself
	 * @param daemonPid the process of the daemon, while it is connected
	 * @param queues the queues that it serves
	 * @param active how many works it has in hand
	 * @param busy how many of them it serves: their clients are not idle
	 * @param concurrency how many it can serve at once
	 * @param got how many works it has got
	 * @param listeners how many listeners it keeps for a daemon that dies
	 * @param standsIn from how many of them it accepts in place of the daemon
	 * @param problem why it is not connected, while it is not
	 * @param daemonLife what it can tell of the life of the daemon, if there was one
	 */
	@JsonInclude(JsonInclude.Include.NON_NULL)
	record SelfDescription(String role, WorkerState state, long pid, String name, @Nullable Long daemonPid,
			List<String> queues, int active, int busy, int concurrency, long got, int listeners, int standsIn,
			@Nullable String problem, @Nullable DaemonLife daemonLife) implements FdworkDescription {

		static SelfDescription of(WorkerSnapshot snapshot) {
			WorkerFigures figures = snapshot.figures();
			return new SelfDescription("worker", snapshot.state(), snapshot.pid(), snapshot.name(),
					snapshot.daemonPid(), snapshot.queues(), figures.load().active(), figures.load().serving(),
					figures.load().concurrency(), figures.works().got(), snapshot.listeners(), snapshot.standsIn(),
					snapshot.problem(), snapshot.daemonLife());
		}

	}

	/**
	 * A listener.
	 *
	 * @param address where it listens
	 * @param queue the queue that its connections go to
	 * @param state whether it accepts
	 * @param waitsFor the queue that has no room, if it is paused
	 * @param accepted how many connections it has accepted
	 * @param givenBackBy the process of the worker that had kept it, if this daemon has
	 * not bound it itself
	 * @param acceptedBy {@code DAEMON}, or {@code WORKERS} if these accept, and not the
	 * daemon
	 * @param standIn whether workers accept while there is no daemon
	 * @param waiting how many clients wait to be accepted, where workers accept
	 */
	@JsonInclude(JsonInclude.Include.NON_NULL)
	record ListenerDescription(String address, String queue, ListenerState state, @Nullable String waitsFor,
			long accepted, @Nullable Long givenBackBy, String acceptedBy, boolean standIn, @Nullable Integer waiting) {

		static ListenerDescription of(DaemonSnapshot.ListenerSnapshot snapshot) {
			return new ListenerDescription(snapshot.address(), snapshot.queue(), snapshot.state(), snapshot.waitsFor(),
					snapshot.accepted(), snapshot.givenBackBy(), (snapshot.byWorkers()) ? "WORKERS" : "DAEMON",
					snapshot.standIn(), (snapshot.byWorkers()) ? snapshot.waiting() : null);
		}

	}

	/**
	 * A queue.
	 *
	 * @param name its name
	 * @param depth how many requests it holds
	 * @param capacity how many it takes
	 * @param put how many were put
	 * @param got how many were got
	 */
	record QueueDescription(String name, long depth, int capacity, long put, long got) {

		static QueueDescription of(QueueSnapshot snapshot) {
			return new QueueDescription(snapshot.name(), snapshot.depth(), snapshot.capacity(), snapshot.put(),
					snapshot.got());
		}

	}

	/**
	 * What the daemon holds of the connections in service.
	 *
	 * @param held how many it holds
	 * @param capacity how many it can hold
	 * @param skipped how many were put without being held
	 * @param connections what became of those that had no worker any more
	 * @param damaged how many are held no more, as a worker has damaged the table
	 */
	record RecoveryDescription(int held, int capacity, long skipped, Map<Fate, Long> connections, long damaged) {

		static RecoveryDescription of(RecoverySnapshot snapshot) {
			return new RecoveryDescription(snapshot.held(), snapshot.entries(), snapshot.notHeld(), snapshot.fates(),
					snapshot.damaged());
		}

	}

	/**
	 * The idle connections of a queue.
	 *
	 * @param queue the name of the queue
	 * @param held how many the daemon holds
	 * @param returned how many workers gave back
	 * @param resumed how many went to the queue again because their clients sent
	 * something
	 * @param left how many clients left
	 * @param timedOut how many were closed because their clients sent nothing in time
	 * @param evicted how many were closed because there were too many
	 */
	record IdleDescription(String queue, long held, long returned, long resumed, long left, long timedOut,
			long evicted) {

		static IdleDescription of(DaemonSnapshot.IdleSnapshot snapshot) {
			return new IdleDescription(snapshot.queue(), snapshot.held(), snapshot.returned(), snapshot.resumed(),
					snapshot.left(), snapshot.timedOut(), snapshot.evicted());
		}

	}

	/**
	 * What all workers together have done, those included that have left.
	 *
	 * @param ended how many works ended, by queue and outcome
	 * @param requests how many HTTP requests the applications have answered, by class of
	 * their status
	 * @param rejected how many frames were rejected
	 * @param leakedDescriptors how many descriptors were forgotten and closed by the
	 * cleaner
	 */
	record TotalsDescription(Map<String, Map<WorkOutcome, Long>> ended, Map<String, Long> requests, long rejected,
			long leakedDescriptors) {

		static TotalsDescription of(DaemonSnapshot.TotalsSnapshot snapshot) {
			Map<String, Map<WorkOutcome, Long>> ended = new LinkedHashMap<>();
			snapshot.queues().forEach((queue) -> ended.put(queue.queue(), counts(queue.ended())));
			Map<String, Long> requests = new LinkedHashMap<>();
			snapshot.requests().forEach((status, answered) -> requests.put(status.text(), answered.count()));
			return new TotalsDescription(ended, requests,
					snapshot.rejected().values().stream().mapToLong(Long::longValue).sum(),
					snapshot.leakedDescriptors());
		}

		static Map<WorkOutcome, Long> counts(Map<WorkOutcome, WorkerFigures.Duration> works) {
			Map<WorkOutcome, Long> counts = new EnumMap<>(WorkOutcome.class);
			works.forEach((outcome, ended) -> counts.put(outcome, ended.count()));
			return counts;
		}

	}

	/**
	 * A fleet.
	 *
	 * @param state what it is doing
	 * @param reason why it has stopped, or why workers do not start, if it is so
	 * @param min how many workers it has at least
	 * @param max how many it has at most
	 * @param target how many it wants now
	 * @param generation the refresh whose workers it wants
	 * @param starting how many workers are not ready yet
	 * @param draining how many workers finish what they have in hand
	 * @param jar what the workers run, if it is a jar
	 * @param lastRefresh how the last refresh ended
	 * @param bake the generation that is tried out, if one is
	 * @param exits the last exits, the latest last
	 * @param exitCounts how many workers have ended, by reason
	 */
	@JsonInclude(JsonInclude.Include.NON_NULL)
	record FleetDescription(FleetState state, @Nullable String reason, int min, int max, int target, int generation,
			int starting, int draining, @Nullable String jar, @Nullable RefreshDescription lastRefresh,
			@Nullable BakeDescription bake, List<ExitDescription> exits, Map<ExitReason, Long> exitCounts) {

		static FleetDescription of(FleetSnapshot snapshot) {
			return new FleetDescription(snapshot.state(), snapshot.reason(), snapshot.min(), snapshot.max(),
					snapshot.target(), snapshot.generation(), snapshot.starting(), snapshot.draining(),
					(snapshot.jar() != null) ? snapshot.jar().toString() : null,
					(snapshot.lastRefresh() != null) ? RefreshDescription.of(snapshot.lastRefresh()) : null,
					(snapshot.bake() != null) ? BakeDescription.of(snapshot.bake()) : null,
					snapshot.exits().stream().map(ExitDescription::of).toList(), snapshot.exitCounts());
		}

	}

	/**
	 * A refresh that is over.
	 *
	 * @param generation the generation that it wanted
	 * @param outcome {@code COMPLETED} or {@code ROLLED_BACK}
	 * @param reason why it was rolled back
	 * @param at when it was over
	 * @param comparison what both generations had done, if it was tried out
	 */
	@JsonInclude(JsonInclude.Include.NON_NULL)
	record RefreshDescription(int generation, String outcome, @Nullable String reason, Instant at,
			BakeDescription.@Nullable Comparison comparison) {

		static RefreshDescription of(FleetSnapshot.Refresh refresh) {
			return new RefreshDescription(refresh.generation(), (refresh.completed()) ? "COMPLETED" : "ROLLED_BACK",
					refresh.reason(), refresh.at(),
					(refresh.comparison() != null) ? BakeDescription.Comparison.of(refresh.comparison()) : null);
		}

	}

	/**
	 * The end of a worker.
	 *
	 * @param pid its process
	 * @param generation the refresh that started it
	 * @param reason why it ended
	 * @param code its exit code, if it exited
	 * @param signal the signal that ended it, if one did
	 * @param uptimeMillis how long it ran
	 * @param at when it ended
	 * @param cause what it died of, in one line, as far as that is known
	 * @param lastLines the last lines of its output, empty if it was told to end and did
	 * @param threadDump what its threads did, if it hung and has told
	 * @param connections what became of those that it had in service, if it had any
	 */
	@JsonInclude(JsonInclude.Include.NON_NULL)
	record ExitDescription(long pid, int generation, ExitReason reason, @Nullable Integer code,
			@Nullable Integer signal, long uptimeMillis, Instant at, @Nullable String cause, List<String> lastLines,
			@Nullable String threadDump, @Nullable Map<Fate, Integer> connections) {

		private static final Set<ExitReason> TOLD_TO_END = EnumSet.of(ExitReason.REFRESHED, ExitReason.ROLLED_BACK,
				ExitReason.SCALED_DOWN, ExitReason.RECYCLED, ExitReason.RETIRED, ExitReason.REFUSED,
				ExitReason.DAEMON_ENDED);

		// Of a JVM that was told before it knew what to do about it
		private static final int SIGTERM = 15;

		static ExitDescription of(WorkerExit exit) {
			return new ExitDescription(exit.pid(), exit.generation(), exit.reason(), exit.code(), exit.signal(),
					exit.uptime().toMillis(), exit.at(), exit.cause(), (isOrderly(exit)) ? List.of() : exit.lastLines(),
					exit.threadDump(),
					(exit.connections().equals(ConnectionFates.NONE)) ? null : counts(exit.connections()));
		}

		private static Map<Fate, Integer> counts(ConnectionFates fates) {
			Map<Fate, Integer> counts = new EnumMap<>(Fate.class);
			counts.put(Fate.PUT_AGAIN, fates.putAgain());
			counts.put(Fate.REPLAYED, fates.replayed());
			counts.put(Fate.POISONED, fates.poisoned());
			counts.put(Fate.HOME, fates.home());
			counts.put(Fate.LOST, fates.lost());
			counts.put(Fate.DEPARTED, fates.departed());
			counts.values().removeIf((count) -> count == 0);
			return counts;
		}

		private static boolean isOrderly(WorkerExit exit) {
			return TOLD_TO_END.contains(exit.reason()) && (exit.code() == null || exit.code() == 0)
					&& (exit.signal() == null || exit.signal() == SIGTERM);
		}

	}

}
