package io.fdwork.health;

import io.fdwork.daemon.Daemon;
import io.fdwork.daemon.DaemonSnapshot;
import io.fdwork.daemon.DaemonState;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * A daemon is up while it accepts and a worker is ready, and out of service otherwise.
 */
public class DaemonHealthIndicator extends AbstractHealthIndicator {

	private final Daemon daemon;

	/**
	 * Create the indicator.
	 * @param daemon the daemon
	 */
	public DaemonHealthIndicator(Daemon daemon) {
		super("The state of the fdwork daemon could not be read");
		this.daemon = daemon;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		DaemonSnapshot snapshot = this.daemon.snapshot();
		builder.withDetail("state", snapshot.state())
			.withDetail("workers", snapshot.workers().size())
			.withDetail("readyWorkers", snapshot.readyWorkers());
		if (snapshot.state() != DaemonState.RUNNING) {
			builder.outOfService().withDetail("reason", "The daemon does not accept");
		}
		else if (snapshot.readyWorkers() == 0) {
			builder.outOfService().withDetail("reason", "No worker is ready: connections wait in the queue");
		}
		else {
			builder.up();
		}
	}

}
