package io.fdwork.integration.event;

import io.fdwork.fleet.FleetSnapshot;

/**
 * In the daemon: a refresh of the fleet is over, completed or rolled back.
 */
public class FleetRefreshedEvent extends FdworkEvent {

	private final FleetSnapshot.Refresh refresh;

	/**
	 * Create the event.
	 * @param source where it happened
	 * @param refresh how it ended
	 */
	public FleetRefreshedEvent(Object source, FleetSnapshot.Refresh refresh) {
		super(source, null);
		this.refresh = refresh;
	}

	/**
	 * Return how it ended.
	 * @return how it ended
	 */
	public FleetSnapshot.Refresh getRefresh() {
		return this.refresh;
	}

}
