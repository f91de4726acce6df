package io.fdwork.internal.daemon;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.Feature;

/**
 * Says which workers may become the leader: those of the latest generation of which one
 * serves, so that a refresh moves the leader once, not from one worker that goes to
 * another. Not safe for threads.
 */
final class Candidates {

	// By the id of the session
	private final Map<Long, Boolean> told = new HashMap<>();

	/**
	 * Tell those for whom it has changed.
	 * @param workers the workers that are registered
	 */
	void nominate(Collection<WorkerSession> workers) {
		int latest = workers.stream().filter(Candidates::canLead).mapToInt(Candidates::generation).max().orElse(0);
		Map<Long, Boolean> now = new HashMap<>();
		for (WorkerSession worker : workers) {
			boolean candidate = generation(worker) >= latest;
			now.put(worker.id(), candidate);
			if (!Boolean.valueOf(candidate).equals(this.told.get(worker.id()))) {
				worker.tell(Feature.LEADER, new ControlMessage.Candidate(candidate));
			}
		}
		this.told.clear();
		this.told.putAll(now);
	}

	private static boolean canLead(WorkerSession worker) {
		return worker.understands(Feature.LEADER) && worker.snapshot().isServing();
	}

	private static int generation(WorkerSession worker) {
		return worker.snapshot().info().generation();
	}

}
