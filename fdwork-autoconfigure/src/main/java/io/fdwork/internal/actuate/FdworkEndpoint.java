package io.fdwork.internal.actuate;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.fleet.Fleet;
import io.fdwork.internal.fleet.JarDirectories;
import io.fdwork.internal.fleet.RefreshRequest;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.OrderKind;
import io.fdwork.internal.worker.Worker;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.convert.DurationStyle;

/**
 * Shows the state of the daemon or the worker, and operates the daemon. Reading is what
 * it allows by default: whoever may write can let the daemon run another jar.
 */
@Endpoint(id = "fdwork", defaultAccess = Access.READ_ONLY)
public class FdworkEndpoint {

	private static final Logger logger = LoggerFactory.getLogger(FdworkEndpoint.class);

	private static final String OPERATIONS = "refresh, quiesce, stop, resume, scale and retire";

	private static final Duration MAX_DRAIN_TIMEOUT = Duration.ofHours(1);

	private final @Nullable Daemon daemon;

	private final @Nullable Fleet fleet;

	private final JarDirectories jarDirectories;

	private final @Nullable Worker worker;

	/**
	 * Create the endpoint of a daemon.
	 * @param daemon the daemon
	 * @param fleet the workers that it starts itself, {@code null} if it starts none
	 * @param jarDirectories from where a refresh may take a jar
	 */
	public FdworkEndpoint(Daemon daemon, @Nullable Fleet fleet, JarDirectories jarDirectories) {
		this.daemon = daemon;
		this.fleet = fleet;
		this.jarDirectories = jarDirectories;
		this.worker = null;
	}

	/**
	 * Create the endpoint of a worker.
	 * @param worker the worker
	 */
	public FdworkEndpoint(Worker worker) {
		this.daemon = null;
		this.fleet = null;
		this.jarDirectories = new JarDirectories(List.of(), null);
		this.worker = worker;
	}

	/**
	 * Describe the state of this moment.
	 * @return the description
	 */
	@ReadOperation
	public FdworkDescription describe() {
		if (this.worker != null) {
			return FdworkDescription.SelfDescription.of(this.worker.snapshot());
		}
		return FdworkDescription.DaemonDescription.of(requireDaemon().snapshot(),
				(this.fleet != null) ? this.fleet.snapshot() : null);
	}

	/**
	 * Operate the daemon. Every operation is idempotent.
	 * @param operation {@code refresh}, {@code quiesce}, {@code stop}, {@code resume},
	 * {@code scale} or {@code retire}
	 * @param batch for a refresh, how many workers are replaced at a time, as a number or
	 * a percentage; one by one if {@code null}
	 * @param drainTimeout for a refresh, how long an old worker may take to finish what
	 * it has in hand
	 * @param jar for a refresh, the jar to run from now on, in a directory that is
	 * allowed
	 * @param bake for a refresh, for how long the new generation must stay well
	 * @param canary for a refresh, how many of its workers must do so beside the old ones
	 * first
	 * @param worker for a retirement, the name or the pid of the worker
	 * @param min for scaling, how many workers there are at least
	 * @param max for scaling, how many there are at most
	 * @param concurrency for scaling, how many works of each queue a worker may have in
	 * hand, 0 for as many as it is configured for
	 * @return the description of the state afterwards
	 * @throws InvalidEndpointRequestException if an argument is wrong
	 */
	@WriteOperation
	public FdworkDescription operate(@Selector String operation, @Nullable String batch, @Nullable String drainTimeout,
			@Nullable String jar, @Nullable String bake, @Nullable String canary, @Nullable String worker,
			@Nullable String min, @Nullable String max, @Nullable String concurrency) {
		try {
			switch (operation) {
				case "refresh" -> refresh(batch, drainTimeout, jar, bake, canary);
				case "quiesce" -> quiesce();
				case "stop" -> requireFleet().stopStarting();
				case "resume" -> resume();
				case "scale" -> scale(number("min", min), number("max", max), number("concurrency", concurrency));
				case "retire" -> retire(worker);
				default ->
					throw new IllegalArgumentException("There is no operation '" + operation + "', only " + OPERATIONS);
			}
		}
		catch (IllegalArgumentException ex) {
			String message = String.valueOf(ex.getMessage());
			throw new InvalidEndpointRequestException(message, message);
		}
		return describe();
	}

	private static @Nullable Integer number(String name, @Nullable String value) {
		if (value == null) {
			return null;
		}
		if (!value.matches("[0-9]{1,9}")) {
			throw new IllegalArgumentException(name + " is a number of 0 or more, not '" + value + "'");
		}
		return Integer.valueOf(value);
	}

	private static @Nullable Duration duration(String name, @Nullable String value, Predicate<Duration> allowed,
			String range) {
		if (value == null) {
			return null;
		}
		Duration duration = null;
		try {
			duration = DurationStyle.detectAndParse(value);
		}
		catch (IllegalArgumentException ex) {
			logger.debug("'{}' is no duration", value, ex);
		}
		if (duration == null || !allowed.test(duration)) {
			throw new IllegalArgumentException(name + " is " + range + ", not '" + value + "'");
		}
		return duration;
	}

	private static boolean isDrainTimeout(Duration duration) {
		return !duration.isNegative() && duration.compareTo(MAX_DRAIN_TIMEOUT) <= 0;
	}

	private void refresh(@Nullable String batch, @Nullable String drainTimeout, @Nullable String jar,
			@Nullable String bake, @Nullable String canary) {
		requireFleet().refresh(new RefreshRequest(
				(batch != null) ? RefreshRequest.Batch.parse(batch) : RefreshRequest.Batch.ONE,
				duration("drainTimeout", drainTimeout, FdworkEndpoint::isDrainTimeout,
						"a duration from 0s to 1h, such as 30s"),
				(jar != null) ? this.jarDirectories.check(jar) : null,
				duration("bake", bake, RefreshRequest::isBakeTime, RefreshRequest.BAKE_TIMES),
				number("canary", canary)));
	}

	private void quiesce() {
		if (this.fleet != null) {
			this.fleet.quiesce();
		}
		requireDaemon().quiesce();
	}

	private void resume() {
		requireDaemon().resume();
		if (this.fleet != null) {
			this.fleet.resume();
		}
	}

	private void scale(@Nullable Integer min, @Nullable Integer max, @Nullable Integer concurrency) {
		Daemon daemon = requireDaemon();
		if (min == null && max == null && concurrency == null) {
			throw new IllegalArgumentException("scale needs at least one of min, max and concurrency");
		}
		if (min != null || max != null) {
			requireFleet().scale(min, max);
		}
		if (concurrency != null) {
			daemon.setConcurrency(concurrency);
		}
	}

	private void retire(@Nullable String worker) {
		Daemon daemon = requireDaemon();
		List<DaemonSnapshot.WorkerSnapshot> workers = daemon.snapshot().workers();
		List<DaemonSnapshot.WorkerSnapshot> found = workers.stream()
			.filter((candidate) -> isCalled(candidate, worker))
			.toList();
		if (found.isEmpty()) {
			throw new IllegalArgumentException(
					"worker is the name or the pid of one of " + describe(workers) + ", not " + worker);
		}
		// One that reconnects may be there twice for a moment
		DaemonSnapshot.WorkerSnapshot last = found.get(found.size() - 1);
		ProcessIdentity process = last.process();
		boolean same = process != null
				&& found.stream().map(DaemonSnapshot.WorkerSnapshot::process).distinct().count() == 1;
		if (found.size() > 1 && !same) {
			throw new IllegalArgumentException(
					"worker is the name or the pid of one worker, and " + worker + " could be each of "
							+ describe(found) + ". Give the pid, or each a name of its own with fdwork.worker.name");
		}
		if (this.fleet == null || process == null || !this.fleet.retire(process)) {
			daemon.order(last.id(), OrderKind.DRAIN);
		}
	}

	private static boolean isCalled(DaemonSnapshot.WorkerSnapshot worker, @Nullable String name) {
		// 0 is the pid of all that the daemon does not see
		return worker.name().equals(name) || (worker.pid() > 0 && String.valueOf(worker.pid()).equals(name));
	}

	private static List<String> describe(List<DaemonSnapshot.WorkerSnapshot> workers) {
		return workers.stream().map((worker) -> worker.name() + " (" + worker.pid() + ")").toList();
	}

	private Daemon requireDaemon() {
		if (this.daemon == null) {
			throw new IllegalArgumentException("This is a worker: " + OPERATIONS + " are for the daemon");
		}
		return this.daemon;
	}

	private Fleet requireFleet() {
		requireDaemon();
		if (this.fleet == null) {
			throw new IllegalArgumentException(
					"This daemon starts no workers: set fdwork.daemon.fleet.min or fdwork.daemon.fleet.max to a number above 0");
		}
		return this.fleet;
	}

}
