package io.fdwork.internal.daemon;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.Feature;

/**
 * Lets each queue use the features that all its workers have named, from before a worker
 * can get until its connection ends; none while there is no worker. A worker whose
 * connection has ended may still get: what must be understood needs more than this. One
 * whose connection the daemon itself ends will. Safe for all threads.
 */
final class QueueFeatures {

	private final Map<ControlConnection, Party> parties = new HashMap<>();

	private boolean kept;

	/**
	 * Count a worker in.
	 * @param worker its connection
	 * @param queues what it is about to get from
	 * @param features what it has named
	 */
	synchronized void enter(ControlConnection worker, List<KernelQueue> queues, Set<Feature> features) {
		this.parties.put(worker, new Party(queues, features));
		queues.forEach(this::agree);
	}

	/**
	 * Count a worker out, or a peer that has never become one.
	 */
	synchronized void leave(ControlConnection worker) {
		Party party = (this.kept) ? null : this.parties.remove(worker);
		if (party != null) {
			party.queues().forEach(this::agree);
		}
	}

	/**
	 * Count nobody out from now on: those whose connections end get what is put last.
	 */
	synchronized void keep() {
		this.kept = true;
	}

	private void agree(KernelQueue queue) {
		List<Party> workers = this.parties.values().stream().filter((party) -> party.queues().contains(queue)).toList();
		Set<Feature> common = (workers.isEmpty()) ? EnumSet.noneOf(Feature.class) : EnumSet.allOf(Feature.class);
		workers.forEach((party) -> common.retainAll(party.features()));
		queue.use(common);
	}

	private record Party(List<KernelQueue> queues, Set<Feature> features) {
	}

}
