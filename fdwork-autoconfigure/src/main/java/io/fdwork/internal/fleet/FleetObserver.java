package io.fdwork.internal.fleet;

import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.WorkerExit;

/**
 * Is told what becomes of a fleet, on a thread of its own: what takes long holds up the
 * next news, and nothing else.
 */
public interface FleetObserver {

	/**
	 * A worker has ended.
	 * @param exit how
	 */
	void exited(WorkerExit exit);

	/**
	 * The fleet is in another state, or has a reason for it now, or no more.
	 * @param snapshot its state now
	 */
	void changed(FleetSnapshot snapshot);

	/**
	 * A refresh is over.
	 * @param refresh how it ended
	 */
	void refreshed(FleetSnapshot.Refresh refresh);

}
