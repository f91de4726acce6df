package io.fdwork.integration.event;

import io.fdwork.fleet.FleetSnapshot;

/**
 * In the daemon: the fleet is in another state, or has a {@link FleetSnapshot#reason()
 * reason} for it now, or no more.
 */
public class FleetChangedEvent extends FdworkEvent {

	private final FleetSnapshot fleet;

	/**
	 * Create the event.
	 * @param source where it happened
	 * @param fleet the state of the fleet
	 */
	public FleetChangedEvent(Object source, FleetSnapshot fleet) {
		super(source, null);
		this.fleet = fleet;
	}

	/**
	 * Return the state of the fleet.
	 * @return the state of the fleet
	 */
	public FleetSnapshot getFleet() {
		return this.fleet;
	}

}
