package io.fdwork.sample.chaos;

import java.time.Duration;

/**
 * One thing that is done to a fleet, and the rest after it.
 *
 * @param kind what is done
 * @param victim which of the ready workers it is done to, as a number that is taken
 * modulo how many there are
 * @param hold how long the state that it makes is held: the daemon stays dead, a worker
 * stays stopped, the fleet stays quiesced
 * @param rest how long to wait after the fleet has recovered
 */
record Step(Kind kind, int victim, Duration hold, Duration rest) {

	/**
	 * What can be done to a fleet.
	 */
	enum Kind {

		/**
		 * SIGKILL of a worker.
		 */
		KILL_WORKER,

		/**
		 * SIGKILL of the daemon, and another one after the hold.
		 */
		KILL_DAEMON,

		/**
		 * SIGKILL of the daemon, and of a worker during the hold: in the same moment if
		 * that is zero.
		 */
		KILL_BOTH,

		/**
		 * SIGKILL of the daemon while its workers get nothing and its queue fills.
		 */
		KILL_DAEMON_QUIESCED,

		/**
		 * SIGKILL of the daemon, and another one after the hold that cannot identify the
		 * workers: what is written of when they began was moved.
		 */
		KILL_DAEMON_UNIDENTIFIED,

		/**
		 * SIGSTOP of a worker, and SIGCONT after the hold.
		 */
		STOP_WORKER,

		/**
		 * All workers are replaced, one by one.
		 */
		REFRESH,

		/**
		 * No worker gets anything during the hold.
		 */
		QUIESCE,

		/**
		 * A worker is told to drain and to exit.
		 */
		RETIRE_WORKER,

		/**
		 * SIGTERM of the daemon, which leaves its workers to another one after the hold.
		 */
		RESTART,

		/**
		 * SIGKILL of all workers, while something outside fails the start of any other
		 * one, until that has gone.
		 */
		FAIL_STARTS,

		/**
		 * A refresh whose workers do not start.
		 */
		FAIL_REFRESH,

		/**
		 * SIGKILL of a worker while nobody reads what the daemon writes, and its pipe is
		 * full; then SIGTERM of the daemon, and another one, unless the hold is zero.
		 */
		BLOCK_OUTPUT,

		/**
		 * A library of the archive that workers start from is removed, and SIGKILL of a
		 * worker.
		 */
		DAMAGE_ARCHIVE,

		/**
		 * SIGSTOP of a worker, until the fleet has noticed that it hangs and killed it.
		 */
		HANG_WORKER,

		/**
		 * A daemon that thinks every worker too large takes the place of the one that is
		 * there, until it has replaced one of them.
		 */
		RECYCLE_WORKER,

		/**
		 * A refresh to a release that is slower: it is tried out, and taken back.
		 */
		BAD_RELEASE,

		/**
		 * A refresh to a release that fails a part of the requests: it is tried out, and
		 * taken back.
		 */
		FAILING_RELEASE,

		/**
		 * SIGTERM of the daemon and of all workers in the same moment, and another daemon
		 * after the hold.
		 */
		TERMINATE_GROUP;

		/**
		 * Return whether the workers are the same ones after it.
		 */
		boolean keepsWorkers() {
			return switch (this) {
				case KILL_DAEMON, KILL_DAEMON_QUIESCED, KILL_DAEMON_UNIDENTIFIED, STOP_WORKER, QUIESCE, RESTART,
						FAIL_REFRESH, BAD_RELEASE, FAILING_RELEASE ->
					true;
				case KILL_WORKER, KILL_BOTH, REFRESH, RETIRE_WORKER, FAIL_STARTS, BLOCK_OUTPUT, DAMAGE_ARCHIVE,
						HANG_WORKER, RECYCLE_WORKER, TERMINATE_GROUP ->
					false;
			};
		}

	}

}
