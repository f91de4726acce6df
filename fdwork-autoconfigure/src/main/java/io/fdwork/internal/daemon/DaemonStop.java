package io.fdwork.internal.daemon;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.queue.QueueSnapshot;
import io.fdwork.internal.systemd.Notifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stop of a daemon: lets go of all that it has within one time. What has to wait for
 * room in a queue does so side by side, and not until the last moment, so that a queue
 * that nobody gets from takes no time from the others.
 */
final class DaemonStop {

	private static final Logger logger = LoggerFactory.getLogger(DaemonStop.class);

	/**
	 * How long workers may take to let go of the listeners, which are closed by then.
	 */
	private static final Duration RECALL_TIMEOUT = Duration.ofSeconds(1);

	/**
	 * How long to wait for what has come while others were waited for.
	 */
	private static final Duration LAST_LOOK_TIMEOUT = Duration.ofMillis(100);

	/**
	 * How much later than this process workers may ask that were told to end by the same
	 * signal.
	 */
	private static final Duration SIGNAL_GRACE = Duration.ofMillis(100);

	/**
	 * The same for those that are left, when one of them has asked already.
	 */
	private static final Duration LAST_SIGNAL_GRACE = Duration.ofSeconds(2);

	/**
	 * How long to wait for clients that are connecting when no others may any more.
	 */
	private static final Duration LAST_HANDSHAKE = Duration.ofMillis(50);

	/**
	 * The kernel tells nobody that a queue has run empty.
	 */
	private static final Duration DRAIN_CHECK_INTERVAL = Duration.ofMillis(20);

	private final Listeners listeners;

	private final IdleConnections idle;

	private final ControlServer controlServer;

	private final KernelQueues queues;

	private final long deadlineNanos;

	/**
	 * Create a stop that begins now.
	 * @param timeout how long it may take
	 */
	DaemonStop(Listeners listeners, IdleConnections idle, ControlServer controlServer, KernelQueues queues,
			Duration timeout) {
		this.listeners = listeners;
		this.idle = idle;
		this.controlServer = controlServer;
		this.queues = queues;
		this.deadlineNanos = System.nanoTime() + timeout.toNanos();
	}

	/**
	 * Return whether the workers keep all listeners for the next daemon, waiting for what
	 * they were told last, and for those that were told to end with this daemon and have
	 * not said so yet: what is in the backlog would end with them.
	 */
	boolean isKept() {
		WorkerRegistry workers = this.controlServer.workers();
		if (!workers.isKept()) {
			workers.awaitKept(recallDeadline());
		}
		long start = System.nanoTime();
		boolean changed = true;
		while (changed && workers.isKept()) {
			boolean leaving = workers.isAnyLeaving();
			changed = workers.await(() -> !workers.isKept() || workers.isAnyLeaving() != leaving,
					start + atMost((leaving) ? LAST_SIGNAL_GRACE : SIGNAL_GRACE).toNanos());
		}
		return workers.isKept();
	}

	/**
	 * Leave the listeners, and what waits in their backlogs, to the workers.
	 */
	void leaveListeners() {
		Duration timeout = roomTimeout();
		List<Runnable> actions = new ArrayList<>(this.idle.resumptions(true, timeout));
		this.listeners.all().forEach((listener) -> actions.add(() -> listener.pause(timeout)));
		SideBySide.run("fdwork-stop", actions);
		// The workers outlive this daemon, and from here
		// on keep what they cannot give back
		this.controlServer.finish(recallDeadline());
		SideBySide.run("fdwork-stop", this.idle.resumptions(true, left()));
		this.idle.close();
		this.queues.refuse();
		this.listeners.close();
	}

	/**
	 * Close the listeners when their backlogs are empty, and wait for the queues to run
	 * empty as long as somebody gets from them.
	 */
	void closeListeners(Notifier notifier) {
		// First, so that nobody keeps a port open on which nobody accepts
		this.controlServer.workers().recall();
		this.listeners.removeFromStore(notifier);
		Duration timeout = roomTimeout();
		List<Runnable> actions = new ArrayList<>(this.idle.resumptions(false, timeout));
		this.listeners.all().forEach((listener) -> actions.add(() -> {
			awaitAccepted(listener, timeout);
			listener.stop(timeout);
			// At once: whom the kernel let connect now, nobody would accept
			listener.closeForAll();
		}));
		SideBySide.run("fdwork-stop", actions);
		SideBySide.run("fdwork-stop", this.idle.resumptions(false, atMost(LAST_LOOK_TIMEOUT)));
		this.idle.close();
		this.queues.refuse();
		this.listeners.closeForAll();
		// Where they have accepted themselves
		this.controlServer.workers().keep();
		awaitEmptyQueues();
		List<String> keeping = this.controlServer.workers().awaitKept(recallDeadline());
		if (!keeping.isEmpty()) {
			logger.warn("The workers {} have not let go of the listeners. They do not listen any more", keeping);
		}
	}

	/**
	 * Let workers accept what waits, where they do that themselves.
	 */
	private void awaitAccepted(Listener listener, Duration timeout) {
		if (!listener.isByWorkers()) {
			return;
		}
		listener.refuseHandshakes();
		long deadline = System.nanoTime() + timeout.toNanos();
		// Who is connecting already may take a moment
		long quietSince = System.nanoTime();
		while (System.nanoTime() - quietSince < LAST_HANDSHAKE.toNanos() && System.nanoTime() - deadline < 0
				&& queues(DaemonSnapshot.WorkerSnapshot::isServing).contains(listener.queue())) {
			LockSupport.parkNanos(DRAIN_CHECK_INTERVAL.toNanos());
			if (listener.waiting() > 0) {
				quietSince = System.nanoTime();
			}
		}
	}

	private void awaitEmptyQueues() {
		while (isSomethingServed() && System.nanoTime() - this.deadlineNanos < 0) {
			LockSupport.parkNanos(DRAIN_CHECK_INTERVAL.toNanos());
		}
		Set<String> held = queues((worker) -> true);
		queued().forEach((queue) -> logger.warn("Stopping with {} requests on queue '{}': {}", queue.depth(),
				queue.name(), (held.contains(queue.name())) ? "workers that hold it may still serve them"
						: "no worker is registered for it, so their connections are closed"));
	}

	private boolean isSomethingServed() {
		Set<String> served = queues(DaemonSnapshot.WorkerSnapshot::isServing);
		return queued().anyMatch((queue) -> served.contains(queue.name()));
	}

	private Set<String> queues(Predicate<DaemonSnapshot.WorkerSnapshot> whose) {
		return this.controlServer.workers()
			.snapshots()
			.stream()
			.filter(whose)
			.map(DaemonSnapshot.WorkerSnapshot::queues)
			.flatMap(Collection::stream)
			.collect(Collectors.toSet());
	}

	private Stream<QueueSnapshot> queued() {
		return this.queues.snapshots().stream().filter((queue) -> queue.depth() > 0);
	}

	/**
	 * Return how long to wait for room in queues: what comes after that needs time, too.
	 */
	private Duration roomTimeout() {
		return left().minus(shorter(left().dividedBy(4), RECALL_TIMEOUT));
	}

	private Duration atMost(Duration timeout) {
		return shorter(left(), timeout);
	}

	private Duration left() {
		return Duration.ofNanos(Math.max(0, this.deadlineNanos - System.nanoTime()));
	}

	private static Duration shorter(Duration one, Duration other) {
		return (one.compareTo(other) < 0) ? one : other;
	}

	private long recallDeadline() {
		return System.nanoTime() + atMost(RECALL_TIMEOUT).toNanos();
	}

}
