package io.fdwork.internal.fleet;

import java.util.List;

import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.worker.WorkerState;

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
		return this.daemon.workers()
			.stream()
			.anyMatch(
					(worker) -> worker.pid() == member.process().pid() && isOurs(worker) && worker.state().isServing());
	}

	/**
	 * Return the workers that get works.
	 */
	List<DaemonSnapshot.WorkerSnapshot> ready() {
		return this.daemon.workers()
			.stream()
			.filter((worker) -> worker.state() == WorkerState.READY && isOurs(worker))
			.toList();
	}

	/**
	 * Return how many works the member has in hand.
	 */
	int active(FleetMember member) {
		return this.daemon.workers()
			.stream()
			.filter((worker) -> worker.pid() == member.process().pid())
			.mapToInt((worker) -> worker.figures().active())
			.sum();
	}

	private boolean isOurs(DaemonSnapshot.WorkerSnapshot worker) {
		return worker.membership() != null && worker.membership().token().equals(this.token);
	}

}
