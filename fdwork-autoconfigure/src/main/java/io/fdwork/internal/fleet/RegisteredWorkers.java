package io.fdwork.internal.fleet;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import io.fdwork.fleet.ConnectionFates;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.recovery.Fate;
import io.fdwork.internal.wire.Membership;
import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.worker.WorkerState;
import org.jspecify.annotations.Nullable;

/**
 * What the daemon knows at one moment of the workers that have registered with the token
 * of the fleet.
 *
 * @param daemon the state of the daemon
 * @param token what tells the fleet from others
 */
record RegisteredWorkers(DaemonSnapshot daemon, String token) {

	/**
	 * Return whether the member has registered and gets works, or will when it is told
	 * to.
	 */
	boolean isReady(FleetMember member) {
		return of(member).anyMatch((worker) -> worker.state().isServing());
	}

	/**
	 * Return whether the member has registered and reports.
	 */
	boolean isResponsive(FleetMember member) {
		return of(member).anyMatch((worker) -> worker.state() != WorkerState.UNRESPONSIVE);
	}

	/**
	 * Return whether the member has registered and gets no more works, as somebody has
	 * told it to end.
	 */
	boolean isLeaving(FleetMember member) {
		return of(member)
			.anyMatch((worker) -> worker.state() == WorkerState.DRAINING || worker.state() == WorkerState.STOPPED);
	}

	/**
	 * Return whether the member has registered, and its application refuses traffic.
	 */
	boolean isRefusing(FleetMember member) {
		return of(member).anyMatch((worker) -> worker.state() == WorkerState.REFUSING);
	}

	/**
	 * Return the queues on which listeners put, if none of ours gets from any of them,
	 * without those from which workers of no fleet get.
	 */
	Set<String> missed() {
		Set<String> queues = this.daemon.listeners()
			.stream()
			.map(DaemonSnapshot.ListenerSnapshot::queue)
			.collect(Collectors.toCollection(TreeSet::new));
		if (ours().anyMatch((worker) -> !Collections.disjoint(worker.queues(), queues))) {
			return Set.of();
		}
		this.daemon.workers().forEach((worker) -> queues.removeAll(worker.queues()));
		return queues;
	}

	/**
	 * Return whether the daemon refused the member when it wanted to register.
	 */
	boolean isRefused(FleetMember member) {
		return this.daemon.refused().stream().anyMatch((refused) -> member.isOf(refused.process()));
	}

	/**
	 * Return all that wanted to register with the token and were refused.
	 */
	Stream<DaemonSnapshot.RefusedWorker> refused() {
		return this.daemon.refused().stream().filter((refused) -> isOurs(refused.membership()));
	}

	private Stream<DaemonSnapshot.WorkerSnapshot> of(FleetMember member) {
		return ours().filter((worker) -> worker.process() != null && member.isOf(worker.process()));
	}

	/**
	 * Return all that have registered with the token.
	 */
	Stream<DaemonSnapshot.WorkerSnapshot> ours() {
		return this.daemon.workers().stream().filter((worker) -> isOurs(worker.membership()));
	}

	/**
	 * Return the workers that get works.
	 */
	List<DaemonSnapshot.WorkerSnapshot> ready() {
		return ours().filter((worker) -> worker.state() == WorkerState.READY).toList();
	}

	/**
	 * Return how many works the member has in hand.
	 */
	int active(FleetMember member) {
		return of(member).mapToInt((worker) -> worker.figures().load().active()).sum();
	}

	/**
	 * Return what the member has reported last, {@code null} if it has not registered.
	 */
	@Nullable WorkerFigures figures(FleetMember member) {
		return of(member).map(DaemonSnapshot.WorkerSnapshot::figures).findFirst().orElse(null);
	}

	/**
	 * Return what the member has done since its start, {@code null} if it has not
	 * registered.
	 */
	@Nullable Served served(FleetMember member) {
		WorkerFigures figures = figures(member);
		return (figures != null) ? Served.of(figures) : null;
	}

	/**
	 * Return whether the daemon still looks after the connections of the member, or has
	 * not noticed yet that it has ended.
	 */
	boolean isUnsettled(FleetMember member) {
		return this.daemon.recovery().unsettled().stream().anyMatch(member::isOf);
	}

	/**
	 * Return what became of the connections that the member had in service when it ended.
	 */
	ConnectionFates connections(FleetMember member) {
		Map<Fate, Integer> fates = this.daemon.recovery()
			.deaths()
			.entrySet()
			.stream()
			.filter((death) -> member.isOf(death.getKey()))
			.findFirst()
			.map(Map.Entry::getValue)
			.orElse(Map.of());
		return new ConnectionFates(fates.getOrDefault(Fate.PUT_AGAIN, 0), fates.getOrDefault(Fate.REPLAYED, 0),
				fates.getOrDefault(Fate.POISONED, 0), fates.getOrDefault(Fate.HOME, 0),
				fates.getOrDefault(Fate.LOST, 0), fates.getOrDefault(Fate.DEPARTED, 0));
	}

	/**
	 * Return the ids under which the member has registered.
	 */
	LongStream ids(FleetMember member) {
		return of(member).mapToLong(DaemonSnapshot.WorkerSnapshot::id);
	}

	/**
	 * Return whether the member is connected and does not report.
	 */
	boolean isUnresponsive(FleetMember member) {
		return of(member).anyMatch((worker) -> worker.state() == WorkerState.UNRESPONSIVE);
	}

	private boolean isOurs(@Nullable Membership membership) {
		return membership != null && membership.token().equals(this.token);
	}

}
