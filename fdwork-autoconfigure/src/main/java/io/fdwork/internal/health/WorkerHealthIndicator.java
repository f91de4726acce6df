package io.fdwork.internal.health;

import io.fdwork.internal.worker.Worker;
import io.fdwork.internal.worker.WorkerSnapshot;
import io.fdwork.worker.WorkerState;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * A worker is up while it is connected to a daemon and gets works, and out of service
 * otherwise.
 */
public class WorkerHealthIndicator extends AbstractHealthIndicator {

	private final Worker worker;

	/**
	 * Create the indicator.
	 * @param worker the worker
	 */
	public WorkerHealthIndicator(Worker worker) {
		super("The state of the fdwork worker could not be read");
		this.worker = worker;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		WorkerSnapshot snapshot = this.worker.snapshot();
		builder.withDetail("state", snapshot.state()).withDetail("active", snapshot.figures().load().active());
		if (snapshot.state() == WorkerState.READY) {
			builder.up();
		}
		else {
			builder.outOfService().withDetail("reason", reason(snapshot));
		}
	}

	private static String reason(WorkerSnapshot snapshot) {
		if (snapshot.problem() != null) {
			return snapshot.problem();
		}
		return (snapshot.state() == WorkerState.REFUSING) ? "The application refuses traffic" : "It gets no works";
	}

}
