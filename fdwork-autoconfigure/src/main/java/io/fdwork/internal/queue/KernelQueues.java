package io.fdwork.internal.queue;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

import io.fdwork.WorkQueue;
import io.fdwork.WorkQueueException;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.DescriptorTable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All queues of a daemon by name.
 */
public final class KernelQueues implements WorkQueue, AutoCloseable {

	/**
	 * How many queues a daemon can have: a worker gets all that it serves in one message.
	 */
	public static final int MAX_QUEUES = 16;

	/**
	 * For what workers are given: all queues, and the listeners that they keep.
	 */
	private static final int IN_FLIGHT_RESERVE = 64;

	private static final Logger logger = LoggerFactory.getLogger(KernelQueues.class);

	private final Map<String, KernelQueue> queues;

	private KernelQueues(Map<String, KernelQueue> queues) {
		this.queues = Collections.unmodifiableMap(queues);
	}

	/**
	 * Create the queues.
	 * @param depths the depth of each queue by its name
	 * @return the queues, to be closed by the caller
	 * @throws IOException if one cannot be created; none is left then
	 */
	public static KernelQueues create(Map<String, Integer> depths) throws IOException {
		if (depths.isEmpty() || depths.size() > MAX_QUEUES) {
			throw new IllegalArgumentException("A daemon has 1 to " + MAX_QUEUES + " queues, not " + depths.size());
		}
		Map<String, KernelQueue> queues = new LinkedHashMap<>();
		try {
			for (Map.Entry<String, Integer> depth : bound(depths, DescriptorTable.inFlightLimit()).entrySet()) {
				queues.put(depth.getKey(), KernelQueue.create(depth.getKey(), depth.getValue()));
			}
			if (!queues.values().iterator().next().isCounted()) {
				logger
					.warn("This kernel does not count what is in a queue, as Linux 5.6 does: the depth of one is what "
							+ "was put since it was seen empty, at most its capacity");
			}
			return new KernelQueues(queues);
		}
		catch (Throwable ex) {
			queues.values().forEach(KernelQueue::close);
			throw ex;
		}
	}

	/**
	 * Leave room for what is in flight besides requests: a worker could not be given the
	 * queues while they are full, and they would stay full.
	 */
	static Map<String, Integer> bound(Map<String, Integer> depths, long inFlightLimit) {
		long room = inFlightLimit - IN_FLIGHT_RESERVE;
		long total = depths.values().stream().mapToLong(Integer::longValue).sum();
		if (total <= room) {
			return depths;
		}
		logger.warn("The queues hold {} requests instead of {}: the system caps the descriptors of a user that are in "
				+ "flight. Raise ulimit -n to {} or more", room, total, total + IN_FLIGHT_RESERVE);
		Map<String, Integer> bounded = new LinkedHashMap<>();
		depths.forEach((name, depth) -> bounded.put(name,
				(int) Math.max(KernelQueue.MIN_DEPTH, depth * Math.max(0, room) / total)));
		return bounded;
	}

	/**
	 * Return a queue.
	 * @param name its name
	 * @return the queue, or {@code null} if there is none of that name
	 */
	public @Nullable KernelQueue find(String name) {
		return this.queues.get(name);
	}

	/**
	 * Return all queues.
	 * @return the queues, in the order of the configuration
	 */
	public Collection<KernelQueue> all() {
		return this.queues.values();
	}

	/**
	 * Return the names of all queues.
	 * @return the names, in the order of the configuration
	 */
	public Collection<String> names() {
		return this.queues.keySet();
	}

	@Override
	public void put(WorkRequest request) {
		require(request.queue()).put(request, Long.MAX_VALUE);
	}

	@Override
	public void put(WorkRequest request, Duration timeout) {
		require(request.queue()).put(request, timeout.toNanos());
	}

	@Override
	public void putOn(String queue, WorkRequest request) {
		require(queue).put(request, Long.MAX_VALUE);
	}

	/**
	 * Wait while a queue is full.
	 * @param name its name
	 * @param goOn asked again and again whether to wait any longer
	 * @return whether there is room
	 * @see KernelQueue#awaitRoom
	 */
	public boolean awaitRoom(String name, BooleanSupplier goOn) {
		return require(name).awaitRoom(goOn);
	}

	private KernelQueue require(String name) {
		KernelQueue queue = this.queues.get(name);
		if (queue == null) {
			throw new WorkQueueException("There is no queue '" + name + "', only " + this.queues.keySet()
					+ ". Add it under fdwork.daemon.queues");
		}
		return queue;
	}

	/**
	 * Return for which queue a thread waits: for room in it, or for its turn behind
	 * another thread that does.
	 * @param thread the thread
	 * @return the name of the queue, {@code null} if it waits for none
	 */
	public @Nullable String waitedFor(Thread thread) {
		return this.queues.values()
			.stream()
			.filter((queue) -> queue.isWaiting(thread))
			.map(KernelQueue::name)
			.findFirst()
			.orElse(null);
	}

	/**
	 * Return the figures of all queues.
	 * @return a snapshot of each, in the order of the configuration
	 */
	public List<QueueSnapshot> snapshots() {
		return this.queues.values().stream().map(KernelQueue::snapshot).toList();
	}

	/**
	 * Refuse puts on every queue from now on, those that wait included.
	 */
	public void refuse() {
		this.queues.values().forEach(KernelQueue::refuse);
	}

	@Override
	public void close() {
		this.queues.values().forEach(KernelQueue::close);
	}

}
