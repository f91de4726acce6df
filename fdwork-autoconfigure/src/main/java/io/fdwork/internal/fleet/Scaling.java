package io.fdwork.internal.fleet;

import java.time.Duration;
import java.util.List;

import io.fdwork.fleet.FleetOptions;
import io.fdwork.fleet.ScalingFigures;
import io.fdwork.fleet.ScalingRule;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.failure.Failures;
import io.fdwork.internal.queue.QueueSnapshot;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many workers are wanted: what the rule makes of the figures, between bounds that an
 * operator may change. Not safe for threads.
 */
final class Scaling {

	private static final Logger logger = LoggerFactory.getLogger(Scaling.class);

	private final ScalingRule rule;

	private final FleetNews news;

	private final int limit;

	private int min;

	private int max;

	private int target;

	private final Failures failures = new Failures();

	private long lastGot = -1;

	private long lastGotNanos;

	private final BacklogWait backlog = new BacklogWait();

	Scaling(FleetOptions options, ScalingRule rule, FleetNews news) {
		this.rule = rule;
		this.news = news;
		this.limit = options.limit();
		this.min = options.min();
		this.max = options.max();
	}

	int min() {
		return this.min;
	}

	int max() {
		return this.max;
	}

	int target() {
		return this.target;
	}

	/**
	 * Begin with so many workers, or the bound next to it.
	 */
	void start(int workers) {
		this.target = bounded(workers);
	}

	/**
	 * Change the bounds.
	 * @param min at least so many, {@code null} for no change
	 * @param max at most so many, {@code null} for no change
	 * @throws IllegalArgumentException if there would be no number between them
	 */
	void bounds(@Nullable Integer min, @Nullable Integer max) {
		int newMin = (min != null) ? min : this.min;
		int newMax = (max != null) ? max : Math.max(this.max, newMin);
		if (newMin < 0 || newMax < 1 || newMin > newMax || newMax > this.limit) {
			throw new IllegalArgumentException("min is 0 or more, max is not less than min and from 1 to " + this.limit
					+ "; not min=" + newMin + " and max=" + newMax);
		}
		this.min = newMin;
		this.max = newMax;
		this.target = bounded(this.target);
	}

	/**
	 * Let the rule decide. The target stays when it fails.
	 * @param starting how many workers are not ready yet
	 */
	void decide(RegisteredWorkers registered, int starting, long now) {
		ScalingRule.Decision decision;
		try {
			decision = this.rule.decide(figures(registered, starting, now));
			this.failures.over();
		}
		catch (RuntimeException ex) {
			if (this.failures.isFirst("rule")) {
				this.news.log(() -> logger
					.error("The scaling rule fails, the target stays. Logged once until it works again", ex));
			}
			return;
		}
		int target = bounded(decision.target());
		if (target != this.target) {
			int before = this.target;
			this.news.log(() -> logger.info("Changing the number of workers from {} to {}: {}", before, target,
					decision.reason()));
			this.target = target;
		}
	}

	private ScalingFigures figures(RegisteredWorkers registered, int starting, long now) {
		List<DaemonSnapshot.WorkerSnapshot> ready = registered.ready();
		List<QueueSnapshot> queues = registered.daemon().queues();
		long queued = queues.stream().mapToLong(QueueSnapshot::depth).sum();
		long got = queues.stream().mapToLong(QueueSnapshot::got).sum();
		if (got != this.lastGot || queued == 0) {
			this.lastGot = got;
			this.lastGotNanos = now;
		}
		// Where workers accept, the backlog is the queue
		long waiting = registered.daemon()
			.listeners()
			.stream()
			.mapToLong(DaemonSnapshot.ListenerSnapshot::waiting)
			.sum();
		long accepted = ready.stream().mapToLong((worker) -> worker.figures().works().acceptedItself()).sum();
		long wait = Math.max(Math.max(now - this.lastGotNanos, this.backlog.estimate(waiting, accepted, now).toNanos()),
				ready.stream().mapToLong((worker) -> worker.figures().works().waited().p95Nanos()).max().orElse(0));
		return new ScalingFigures(now, this.min, this.max, this.target, ready.size(), starting,
				ready.stream().mapToLong((worker) -> worker.figures().load().serving()).sum(),
				ready.stream().mapToLong((worker) -> worker.figures().load().concurrency()).sum(), queued + waiting,
				Duration.ofNanos(wait), got + accepted);
	}

	private int bounded(int workers) {
		return Math.max(this.min, Math.min(this.max, workers));
	}

}
