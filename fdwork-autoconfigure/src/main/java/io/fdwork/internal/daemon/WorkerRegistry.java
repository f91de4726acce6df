package io.fdwork.internal.daemon;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.Feature;
import io.fdwork.internal.wire.OrderKind;
import io.fdwork.worker.WorkerState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workers that are registered, and what holds for each of them, those that come
 * included: the standing orders, and which listeners to keep. Safe for all threads.
 */
final class WorkerRegistry {

	private static final Logger logger = LoggerFactory.getLogger(WorkerRegistry.class);

	private final Listeners listeners;

	private final ConcurrentSkipListMap<Long, WorkerSession> sessions = new ConcurrentSkipListMap<>();

	private volatile List<ControlMessage.Order> standing = List.of();

	// Guarded by the sessions
	private Set<ProcessIdentity> held = Set.of();

	// Guarded by the sessions
	private final Candidates candidates = new Candidates();

	// Of what workers should keep; guarded by the sessions
	private long revision;

	private volatile boolean recalled;

	// Guarded by the sessions
	private boolean parting;

	WorkerRegistry(Listeners listeners) {
		this.listeners = listeners;
	}

	/**
	 * Add a worker, and tell it what holds.
	 */
	void add(WorkerSession session) {
		synchronized (this.sessions) {
			this.sessions.put(session.id(), session);
			// What was ordered since the welcome: orders are idempotent
			this.standing.forEach((order) -> session.order(orderFor(session, order)));
			if (isHeld(session)) {
				session.order(orderFor(session, ControlMessage.Order.of(OrderKind.RESUME)));
			}
			if (this.parting) {
				part(session);
			}
			keep(List.of(session));
			nominate();
		}
	}

	void remove(WorkerSession session) {
		this.sessions.remove(session.id());
		nominate();
		changed();
	}

	/**
	 * Tell the workers which of them may become the leader, if that has changed: one has
	 * come or gone, or is in another state.
	 */
	void nominate() {
		synchronized (this.sessions) {
			this.candidates.nominate(this.sessions.values());
		}
	}

	/**
	 * Note that something has changed of a worker: wakes up those who wait for it.
	 */
	void changed() {
		synchronized (this.sessions) {
			this.sessions.notifyAll();
		}
	}

	/**
	 * Wait until something is so of the workers.
	 * @param condition what is looked at again with each change of a worker
	 * @return whether it is so, and not only the time over
	 */
	boolean await(BooleanSupplier condition, long deadlineNanos) {
		synchronized (this.sessions) {
			try {
				for (long left = deadlineNanos - System.nanoTime(); !condition.getAsBoolean()
						&& left > 0; left = deadlineNanos - System.nanoTime()) {
					TimeUnit.NANOSECONDS.timedWait(this.sessions, left);
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			return condition.getAsBoolean();
		}
	}

	/**
	 * Return what each worker must do.
	 */
	List<ControlMessage.Order> standing() {
		return this.standing;
	}

	/**
	 * Set what each worker must do, those that are there and those that come.
	 * @param orders the orders, in the order in which a worker gets them
	 */
	void order(List<ControlMessage.Order> orders) {
		synchronized (this.sessions) {
			this.standing = List.copyOf(orders);
			orders.forEach(
					(order) -> this.sessions.values().forEach((session) -> session.order(orderFor(session, order))));
		}
	}

	/**
	 * Let workers get nothing and stay as they are, because others serve in their place,
	 * until this is called without them. It counts for those that register again, too.
	 * @param processes their processes
	 */
	void hold(Set<ProcessIdentity> processes) {
		synchronized (this.sessions) {
			if (this.held.equals(processes)) {
				return;
			}
			Set<ProcessIdentity> before = this.held;
			this.held = Set.copyOf(processes);
			for (WorkerSession session : this.sessions.values()) {
				ProcessIdentity process = session.snapshot().process();
				if (process != null && before.contains(process) != this.held.contains(process)) {
					session.order(orderFor(session, gate()));
				}
			}
		}
	}

	private boolean isHeld(WorkerSession session) {
		ProcessIdentity process = session.snapshot().process();
		return process != null && this.held.contains(process);
	}

	/**
	 * Return what those must do that are not held.
	 */
	private ControlMessage.Order gate() {
		return this.standing.stream()
			.filter((order) -> order.kind() == OrderKind.QUIESCE)
			.findFirst()
			.orElse(ControlMessage.Order.of(OrderKind.RESUME));
	}

	private ControlMessage.Order orderFor(WorkerSession session, ControlMessage.Order order) {
		boolean gate = order.kind() == OrderKind.QUIESCE || order.kind() == OrderKind.RESUME;
		return (!gate || !isHeld(session)) ? order
				: ControlMessage.Order.of((session.understands(Feature.BAKE)) ? OrderKind.HOLD : OrderKind.QUIESCE);
	}

	/**
	 * Let each answer be the last of its connection, from now on, those of workers that
	 * come included.
	 */
	void part() {
		synchronized (this.sessions) {
			this.parting = true;
			this.sessions.values().forEach(WorkerRegistry::part);
		}
	}

	private static void part(WorkerSession session) {
		session.tell(Feature.PARTING, ControlMessage.Order.of(OrderKind.PART));
	}

	/**
	 * Tell one worker what to do.
	 * @param id the worker
	 * @return whether it could be told
	 */
	boolean order(long id, ControlMessage.Order order) {
		WorkerSession session = this.sessions.get(id);
		return session != null && (order.kind() != OrderKind.EXAMINE || session.understands(Feature.BAKE))
				&& session.order(order);
	}

	/**
	 * Let the workers keep the listeners as they are now, those that are there and those
	 * that come.
	 */
	void keep() {
		synchronized (this.sessions) {
			this.revision++;
			keep(this.sessions.values());
		}
	}

	private void keep(Collection<WorkerSession> sessions) {
		try (KeptListeners kept = (this.recalled) ? this.listeners.acceptedByWorkers() : this.listeners.kept()) {
			for (WorkerSession session : sessions) {
				session.keep(this.revision, kept);
			}
		}
		catch (IOException ex) {
			logger.error("The workers cannot keep the listeners: if this daemon is killed, its ports are closed", ex);
		}
	}

	/**
	 * Let the workers keep nothing any more, those that are there and those that come,
	 * but what they accept from until it is closed.
	 */
	void recall() {
		this.recalled = true;
		keep();
	}

	/**
	 * Tell all workers that the daemon stops, and wait until that is written.
	 */
	void dismiss(long deadlineNanos) {
		this.sessions.values().forEach(WorkerSession::dismiss);
		await(() -> this.sessions.values().stream().noneMatch(WorkerSession::isWriting), deadlineNanos);
	}

	/**
	 * Wait until all workers have done what they were told last about keeping.
	 * @return the names of those that have not
	 */
	List<String> awaitKept(long deadlineNanos) {
		await(() -> notKept().isEmpty(), deadlineNanos);
		return notKept();
	}

	private List<String> notKept() {
		synchronized (this.sessions) {
			return this.sessions.values()
				.stream()
				.filter((session) -> !session.hasKept(this.revision))
				.map((session) -> session.snapshot().name())
				.toList();
		}
	}

	/**
	 * Return whether a worker keeps all listeners, and will when the daemon has gone: one
	 * that drains, or waits to be let go, lets go of them at its end.
	 */
	boolean isKept() {
		synchronized (this.sessions) {
			return this.sessions.values()
				.stream()
				.filter((session) -> session.hasKept(this.revision) && !session.isLeaving())
				.map(WorkerSession::snapshot)
				.anyMatch((worker) -> worker.listeners() == this.listeners.all().size()
						&& worker.state() != WorkerState.DRAINING && worker.state() != WorkerState.STOPPED);
		}
	}

	/**
	 * Return whether a worker was told to end by a signal, and waits to be let go.
	 */
	boolean isAnyLeaving() {
		return this.sessions.values().stream().anyMatch(WorkerSession::isLeaving);
	}

	/**
	 * Return whether a queue of a worker has no other one that gets from it, and was not
	 * told to end.
	 */
	boolean isLast(WorkerSession worker) {
		Set<String> served = this.sessions.values()
			.stream()
			.filter((session) -> session != worker && !session.isLeaving())
			.map(WorkerSession::snapshot)
			.filter((other) -> other.state() == WorkerState.READY || other.state() == WorkerState.QUIESCED)
			.flatMap((other) -> other.queues().stream())
			.collect(Collectors.toSet());
		return !served.containsAll(worker.snapshot().queues());
	}

	List<WorkerSession> sessions() {
		return List.copyOf(this.sessions.values());
	}

	List<DaemonSnapshot.WorkerSnapshot> snapshots() {
		return this.sessions.values().stream().map(WorkerSession::snapshot).toList();
	}

}
