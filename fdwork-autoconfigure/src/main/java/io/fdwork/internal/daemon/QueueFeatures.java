package io.fdwork.internal.daemon;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.Feature;
import org.jspecify.annotations.Nullable;

/**
 * Lets each queue use the features that all its workers have named, from before a worker
 * can get until its connection ends; none while there is no worker. A worker whose
 * connection has ended may still get: what must be understood needs more than this. One
 * whose connection the daemon itself ends will.
 * <p>
 * The table is what must be understood, as who claims nothing there would serve what
 * others serve, too. So a worker that does not counts until its process is gone, and
 * where there is no worker the table is used. Safe for all threads.
 */
final class QueueFeatures {

	private final Map<ControlConnection, Party> parties = new HashMap<>();

	// Those whose connections have ended
	private final List<Lingering> lingering = new ArrayList<>();

	private @Nullable Consumer<KernelQueue> tableLost;

	private boolean kept;

	/**
	 * Use the table, wherever all workers understand it.
	 * @param queues all queues
	 * @param tableLost is told of a queue in which it is used no more, before somebody
	 * gets from it who does not understand it
	 */
	synchronized void useTable(Collection<KernelQueue> queues, Consumer<KernelQueue> tableLost) {
		this.tableLost = tableLost;
		queues.forEach(this::agree);
	}

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
	 * @param process its process, {@code null} if that cannot be seen
	 * @param life the life of its process, {@code null} if that cannot be told; closed
	 * here if the worker has no table
	 */
	synchronized void leave(ControlConnection worker, @Nullable ProcessIdentity process, @Nullable WorkerLife life) {
		Party party = (this.kept) ? null : this.parties.remove(worker);
		if (party == null || party.features().contains(Feature.TABLE)) {
			if (party != null) {
				party.queues().forEach(this::agree);
			}
			return;
		}
		linger(new Lingering(Set.copyOf(party.queues()), process, life));
		party.queues().forEach(this::agree);
	}

	private void linger(Lingering gone) {
		if (this.tableLost == null || gone.isOver()) {
			gone.close();
			return;
		}
		// One that comes back again and again counts once
		Lingering before = this.lingering.stream().filter(gone::isSame).findFirst().orElse(null);
		if (before != null) {
			this.lingering.remove(before);
		}
		this.lingering.add((before != null) ? before.and(gone) : gone);
	}

	/**
	 * Look whether those are gone whose connections have ended.
	 */
	synchronized void look() {
		List<Lingering> gone = this.lingering.stream().filter(Lingering::isOver).toList();
		this.lingering.removeAll(gone);
		gone.forEach((worker) -> {
			worker.close();
			worker.queues().forEach(this::agree);
		});
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
		if (this.tableLost == null || this.lingering.stream().anyMatch((worker) -> worker.queues().contains(queue))) {
			common.remove(Feature.TABLE);
		}
		else if (workers.isEmpty()) {
			common.add(Feature.TABLE);
			// Whoever does not understand that rejects it, and leaves it to others
			common.add(Feature.PREREAD);
		}
		boolean before = queue.usesTable();
		queue.use(common);
		if (before && !queue.usesTable() && this.tableLost != null) {
			this.tableLost.accept(queue);
		}
	}

	private record Party(List<KernelQueue> queues, Set<Feature> features) {
	}

	private record Lingering(Set<KernelQueue> queues, @Nullable ProcessIdentity process, @Nullable WorkerLife life) {

		boolean isSame(Lingering other) {
			return (this.process != null) ? this.process.equals(other.process)
					: this.life == null && other.process == null && other.life == null;
		}

		/**
		 * Return the same with what the process has got since. The life that was told
		 * first is as good as a later one.
		 */
		Lingering and(Lingering later) {
			Set<KernelQueue> queues = new HashSet<>(this.queues);
			queues.addAll(later.queues);
			if (this.life != null) {
				later.close();
			}
			return new Lingering(queues, this.process, (this.life != null) ? this.life : later.life);
		}

		/**
		 * Return whether the process is gone for certain: its life line may be ended by
		 * whoever wants to seem so.
		 */
		boolean isOver() {
			boolean told = this.life != null || this.process != null;
			return told && (this.life == null || this.life.isOver())
					&& (this.process == null || !this.process.isAlive());
		}

		void close() {
			if (this.life != null) {
				this.life.close();
			}
		}

	}

}
