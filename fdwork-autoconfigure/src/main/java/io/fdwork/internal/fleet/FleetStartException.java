package io.fdwork.internal.fleet;

import io.fdwork.FdworkStartException;

/**
 * There is nothing that the workers of a fleet could run.
 */
public final class FleetStartException extends FdworkStartException {

	/**
	 * Create an exception.
	 * @param cause what is wrong
	 */
	public FleetStartException(Exception cause) {
		super("The workers of the fleet cannot be started: " + cause,
				"Set fdwork.daemon.fleet.jar to a jar that is there", cause);
	}

}
