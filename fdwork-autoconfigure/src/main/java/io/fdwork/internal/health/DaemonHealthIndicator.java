package io.fdwork.internal.health;

import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.FleetState;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.daemon.DaemonState;
import io.fdwork.internal.daemon.Departures;
import io.fdwork.internal.fleet.Fleet;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * A daemon is up while it accepts and a worker is ready, and out of service otherwise.
 */
public class DaemonHealthIndicator extends AbstractHealthIndicator {

	private final Daemon daemon;

	private final @Nullable Fleet fleet;

	private final Departures departures;

	/**
	 * Create the indicator.
	 * @param daemon the daemon
	 * @param fleet the workers that it starts itself, {@code null} if it starts none
	 * @param departures tell whether it is about to end
	 */
	public DaemonHealthIndicator(Daemon daemon, @Nullable Fleet fleet, Departures departures) {
		super("The state of the fdwork daemon could not be read");
		this.daemon = daemon;
		this.fleet = fleet;
		this.departures = departures;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		DaemonSnapshot snapshot = this.daemon.snapshot();
		builder.withDetail("state", snapshot.state())
			.withDetail("workers", snapshot.workers().size())
			.withDetail("readyWorkers", snapshot.readyWorkers());
		FleetSnapshot fleet = (this.fleet != null) ? this.fleet.snapshot() : null;
		if (fleet != null) {
			builder.withDetail("fleet", fleet.state());
		}
		String reason = reason(fleet);
		if (snapshot.state() != DaemonState.RUNNING) {
			builder.outOfService().withDetail("reason", "The daemon does not accept");
		}
		else if (this.departures.isHeld()) {
			builder.outOfService().withDetail("reason", "The daemon is about to stop, and accepts until then");
		}
		else if (snapshot.readyWorkers() == 0 && !(fleet != null && fleet.startsOnDemand())) {
			builder.outOfService().withDetail("reason", reason);
		}
		else {
			builder.up();
			if (fleet != null && fleet.reason() != null) {
				builder.withDetail("reason", reason);
			}
		}
	}

	private String reason(@Nullable FleetSnapshot fleet) {
		if (fleet != null && fleet.reason() != null) {
			return ((fleet.state() == FleetState.STOPPED) ? "The fleet has stopped: " : "Workers do not start: ")
					+ fleet.reason();
		}
		if (this.daemon.isQuiesced()) {
			return "The workers are quiesced: connections wait in the queue";
		}
		return "No worker is ready: connections wait in the queue";
	}

}
