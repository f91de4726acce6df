package io.fdwork.internal.fleet;

import java.io.IOException;
import java.time.Duration;

import io.fdwork.internal.daemon.Daemon;
import org.jspecify.annotations.Nullable;

/**
 * A daemon and the fleet that it may have: in which order they stop, and who gets how
 * much of the time. For one thread at a time.
 */
public final class DaemonAndFleet {

	private final Daemon daemon;

	private final @Nullable Fleet fleet;

	/**
	 * Bring both together.
	 * @param daemon the daemon
	 * @param fleet its fleet, {@code null} if its workers are started by somebody else
	 */
	public DaemonAndFleet(Daemon daemon, @Nullable Fleet fleet) {
		this.daemon = daemon;
		this.fleet = fleet;
	}

	/**
	 * Start the fleet. The daemon runs already.
	 * @throws FleetStartException if what its workers run is not there
	 */
	public void start() {
		if (this.fleet != null) {
			try {
				this.fleet.start();
			}
			catch (IOException ex) {
				throw new FleetStartException(ex);
			}
		}
	}

	/**
	 * Stop the daemon, then its workers, unless these keep the listeners for the next
	 * daemon.
	 * @param timeout how long to wait
	 */
	public void stop(Duration timeout) {
		if (this.fleet == null) {
			this.daemon.stop(timeout);
			return;
		}
		long deadline = System.nanoTime() + timeout.toNanos();
		// The workers need time for what they have got last
		this.daemon.stop(timeout.dividedBy(2));
		if (this.daemon.hasKeptListeners()) {
			this.fleet.leave();
			return;
		}
		this.fleet.stop(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
	}

	/**
	 * Stop both because what should have started after them has not. What this daemon has
	 * started ends. Workers that were there before it go on, and keep the listeners for
	 * the next one.
	 * @param timeout how long to wait
	 */
	public void undo(Duration timeout) {
		if (this.fleet == null) {
			this.daemon.leave(timeout);
			return;
		}
		if (!this.fleet.hasAdopted()) {
			stop(timeout);
			return;
		}
		long deadline = System.nanoTime() + timeout.toNanos();
		this.daemon.leave(timeout.dividedBy(2));
		this.fleet.undo(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
	}

}
