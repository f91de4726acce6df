package io.fdwork.sample.chaos;

import java.util.List;
import java.util.Set;

/**
 * What was done to a fleet. Times are nanoseconds of CLOCK_MONOTONIC.
 *
 * @param startNanos when the load began
 * @param endNanos when the load had ended
 * @param events the steps that were taken, in their order
 * @param workerKills the workers that were killed
 * @param daemonKills the daemons that were killed
 * @param outages the times without a daemon
 * @param survivors the pids of the workers that were left at the end
 * @param failing the pids of the workers of releases that fail requests
 */
record History(long startNanos, long endNanos, List<Event> events, List<Kill> workerKills, List<Kill> daemonKills,
		List<Outage> outages, Set<Long> survivors, Set<Long> failing) {

	History(long startNanos, long endNanos, List<Event> events, List<Kill> workerKills, List<Kill> daemonKills,
			List<Outage> outages, Set<Long> survivors) {
		this(startNanos, endNanos, events, workerKills, daemonKills, outages, survivors, Set.of());
	}

	/**
	 * A step that was taken.
	 *
	 * @param kind what was done
	 * @param startNanos when it began
	 */
	record Event(Step.Kind kind, long startNanos) {
	}

	/**
	 * A SIGKILL.
	 *
	 * @param pid the pid of the process
	 * @param sentNanos before it was sent
	 * @param deadNanos when the process was gone
	 * @param held the ports of the clients whose connections it had open, as far as
	 * anybody looked
	 */
	record Kill(long pid, long sentNanos, long deadNanos, Set<Integer> held) {

		Kill(long pid, long sentNanos, long deadNanos) {
			this(pid, sentNanos, deadNanos, Set.of());
		}

		boolean hit(ClientConnection connection) {
			return this.held.contains(connection.port()) && connection.startNanos() <= this.deadNanos
					&& connection.endNanos() >= this.sentNanos;
		}

	}

	/**
	 * A time without a daemon.
	 *
	 * @param fromNanos before the signal was sent that ended the daemon
	 * @param launchNanos when the next one was launched
	 * @param untilNanos when the next one said that it ran
	 * @param successor the pid of the next one
	 * @param refusing whether nobody was left to listen meanwhile
	 */
	record Outage(long fromNanos, long launchNanos, long untilNanos, long successor, boolean refusing) {

		Outage(long fromNanos, long launchNanos, long untilNanos, long successor) {
			this(fromNanos, launchNanos, untilNanos, successor, false);
		}

		boolean overlaps(ClientConnection connection) {
			return connection.startNanos() <= this.untilNanos && connection.endNanos() >= this.fromNanos;
		}

	}

}
