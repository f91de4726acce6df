package io.fdwork.actuate;

import java.time.Instant;
import java.util.List;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fdwork.daemon.DaemonSnapshot;
import io.fdwork.daemon.DaemonState;
import io.fdwork.daemon.ListenerState;
import io.fdwork.queue.QueueSnapshot;
import io.fdwork.wire.WorkerFigures;
import io.fdwork.wire.WorkerState;
import io.fdwork.worker.WorkerSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * What the endpoint answers: the state of a daemon or of a worker at one moment.
 */
public sealed interface FdworkDescription {

	/**
	 * A daemon.
	 *
	 * @param role {@code daemon}
	 * @param state where it is in its life
	 * @param pid its process
	 * @param listeners its listeners
	 * @param queues its queues
	 * @param workers the workers connected to it
	 */
	record DaemonDescription(String role, DaemonState state, long pid, List<ListenerDescription> listeners,
			List<QueueDescription> queues, List<WorkerDescription> workers) implements FdworkDescription {

		static DaemonDescription of(DaemonSnapshot snapshot) {
			return new DaemonDescription("daemon", snapshot.state(), snapshot.pid(),
					snapshot.listeners().stream().map(ListenerDescription::of).toList(),
					snapshot.queues().stream().map(QueueDescription::of).toList(),
					snapshot.workers().stream().map(WorkerDescription::of).toList());
		}

	}

	/**
	 * A worker, as it describes itself.
	 *
	 * @param role {@code worker}
	 * @param state where it is in its life
	 * @param pid its process
	 * @param name what it calls itself
	 * @param daemonPid the process of the daemon, while it is connected
	 * @param queues the queues that it serves
	 * @param active how many works it has in hand
	 * @param concurrency how many it can have in hand
	 * @param got how many works it has got
	 * @param problem why it is not connected, while it is not
	 */
	@JsonInclude(JsonInclude.Include.NON_NULL)
	record SelfDescription(String role, WorkerState state, long pid, String name, @Nullable Long daemonPid,
			List<String> queues, int active, int concurrency, long got,
			@Nullable String problem) implements FdworkDescription {

		static SelfDescription of(WorkerSnapshot snapshot) {
			WorkerFigures figures = snapshot.figures();
			return new SelfDescription("worker", snapshot.state(), snapshot.pid(), snapshot.name(),
					snapshot.daemonPid(), snapshot.queues(), figures.active(), figures.concurrency(), figures.got(),
					snapshot.problem());
		}

	}

	/**
	 * A listener.
	 *
	 * @param address where it listens
	 * @param queue the queue that its connections go to
	 * @param state whether it accepts
	 * @param accepted how many connections it has accepted
	 */
	record ListenerDescription(String address, String queue, ListenerState state, long accepted) {

		static ListenerDescription of(DaemonSnapshot.ListenerSnapshot snapshot) {
			return new ListenerDescription(snapshot.address(), snapshot.queue(), snapshot.state(),
					snapshot.accepted());
		}

	}

	/**
	 * A queue.
	 *
	 * @param name its name
	 * @param depth how many requests it holds
	 * @param capacity how many it takes
	 * @param put how many were put
	 * @param got how many were got
	 */
	record QueueDescription(String name, long depth, int capacity, long put, long got) {

		static QueueDescription of(QueueSnapshot snapshot) {
			return new QueueDescription(snapshot.name(), snapshot.depth(), snapshot.capacity(), snapshot.put(),
					snapshot.got());
		}

	}

	/**
	 * A worker, as the daemon sees it.
	 *
	 * @param pid its process
	 * @param name what it calls itself
	 * @param state where it is in its life
	 * @param queues the queues that it serves
	 * @param active how many works it has in hand
	 * @param concurrency how many it can have in hand
	 * @param got how many works it has got
	 * @param since when it registered
	 */
	record WorkerDescription(long pid, String name, WorkerState state, List<String> queues, int active,
			int concurrency, long got, Instant since) {

		static WorkerDescription of(DaemonSnapshot.WorkerSnapshot snapshot) {
			WorkerFigures figures = snapshot.figures();
			return new WorkerDescription(snapshot.pid(), snapshot.name(), snapshot.state(), snapshot.queues(),
					figures.active(), figures.concurrency(), figures.got(), snapshot.since());
		}

	}

}
