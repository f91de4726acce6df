package io.fdwork.actuate;

import java.util.function.Supplier;

import io.fdwork.daemon.Daemon;
import io.fdwork.worker.Worker;

import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/**
 * Shows the state of the daemon or the worker.
 */
@Endpoint(id = "fdwork")
public class FdworkEndpoint {

	private final Supplier<FdworkDescription> description;

	/**
	 * Create the endpoint of a daemon.
	 * @param daemon the daemon
	 */
	public FdworkEndpoint(Daemon daemon) {
		this.description = () -> FdworkDescription.DaemonDescription.of(daemon.snapshot());
	}

	/**
	 * Create the endpoint of a worker.
	 * @param worker the worker
	 */
	public FdworkEndpoint(Worker worker) {
		this.description = () -> FdworkDescription.SelfDescription.of(worker.snapshot());
	}

	/**
	 * Describe the state of this moment.
	 * @return the description
	 */
	@ReadOperation
	public FdworkDescription describe() {
		return this.description.get();
	}

}
