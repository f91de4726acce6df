package io.fdwork.internal.health;

import io.fdwork.internal.worker.Worker;
import io.fdwork.internal.worker.WorkerSnapshot;
import io.fdwork.worker.WorkerState;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * A worker is up while it is connected to a daemon, and out of service otherwise.
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
		builder.withDetail("state", snapshot.state()).withDetail("active", snapshot.figures().active());
		if (snapshot.state() == WorkerState.READY) {
			builder.up();
		}
		else {
			String reason = (snapshot.problem() != null) ? snapshot.problem() : "It gets no works";
			builder.outOfService().withDetail("reason", reason);
		}
	}

}
