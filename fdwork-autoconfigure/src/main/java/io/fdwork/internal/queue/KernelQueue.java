package io.fdwork.internal.queue;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import io.fdwork.WorkQueueException;
import io.fdwork.WorkQueueFullException;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.MessagePair;
import io.fdwork.descriptor.WaitingDescriptors;
import io.fdwork.internal.wire.Feature;
import io.fdwork.internal.wire.Place;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One queue, seen from the daemon: the put side, and the receiving end that workers get a
 * duplicate of. The kernel holds what is put (unix(7), SCM_RIGHTS); this class bounds and
 * counts it. Puts of several threads are served in the order in which they came; a put
 * that waits for room makes the later ones wait.
 */
public final class KernelQueue implements AutoCloseable {

	/**
	 * How long one get waits, unless it is woken.
	 */
	public static final Duration GET_TIMEOUT = Duration.ofMillis(500);

	/**
	 * The smallest depth: with less room a frame of full length would not fit.
	 */
	public static final int MIN_DEPTH = 16;

	/**
	 * The largest depth that can be asked for.
	 */
	public static final int MAX_DEPTH = 1_000_000;

	private static final Logger logger = LoggerFactory.getLogger(KernelQueue.class);

	/**
	 * Linux calls a full queue writable when it is down to a quarter. Room above that is
	 * found by trying.
	 */
	private static final Duration ROOM_CHECK_INTERVAL = Duration.ofMillis(100);

	private static final Duration IN_FLIGHT_CHECK_INTERVAL = Duration.ofMillis(5);

	private final String name;

	private final long instance = new SecureRandom().nextLong();

	private final MessagePair pair;

	private final WaitingDescriptors waiting;

	private final QueueDepth depth;

	private final int capacity;

	private final PutTurns turns = new PutTurns();

	private final LongAdder waits = new LongAdder();

	private volatile boolean refusing;

	// Of whoever has its turn
	private final FrameSender sender;

	private KernelQueue(String name, MessagePair pair, WaitingDescriptors waiting, int capacity) {
		this.name = name;
		this.pair = pair;
		this.waiting = waiting;
		this.depth = new QueueDepth(this::countWaiting);
		this.sender = new FrameSender(this, pair.sendingEnd(), this.depth);
		this.capacity = capacity;
	}

	/**
	 * Create an empty queue.
	 * @param name its name
	 * @param depth how many requests of standard size it should take
	 * @return the queue, to be closed by the caller
	 * @throws IOException if the kernel gives no pair
	 */
	public static KernelQueue create(String name, int depth) throws IOException {
		if (depth < MIN_DEPTH || depth > MAX_DEPTH) {
			throw new IllegalArgumentException(
					"The depth of a queue is " + MIN_DEPTH + " to " + MAX_DEPTH + ", not " + depth);
		}
		MessagePair pair = MessagePair.open();
		try {
			int capacity = BufferSizing.size(pair, depth);
			if (capacity != depth) {
				logger.warn(
						"Queue '{}' holds {} requests instead of {}: the system caps its buffer. Raise the sysctl "
								+ "net.core.wmem_max to {} or more",
						name, capacity, depth, wantedBytes(pair, capacity, depth));
			}
			return new KernelQueue(name, pair, pair.receivingEnd().openCount(), capacity);
		}
		catch (Throwable ex) {
			pair.close();
			throw ex;
		}
	}

	/**
	 * Return whether the kernel counts what is in the queue.
	 */
	boolean isCounted() throws IOException {
		return this.waiting.count().isPresent();
	}

	private long countWaiting() throws IOException {
		OptionalInt count = this.waiting.count();
		return (count.isPresent()) ? count.getAsInt() : (this.pair.receivingEnd().isEmpty()) ? 0 : this.capacity;
	}

	private static long wantedBytes(MessagePair pair, int capacity, int depth) throws IOException {
		return (long) Math.ceil((double) pair.sendingEnd().bufferSize() / 2 / capacity * depth);
	}

	/**
	 * Return the name.
	 * @return the name of the queue
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Return what tells this queue from one of the same name of another daemon.
	 * @return a random number
	 */
	public long instance() {
		return this.instance;
	}

	/**
	 * Return how many requests of standard size the queue takes.
	 * @return the capacity, as measured
	 */
	public int capacity() {
		return this.capacity;
	}

	/**
	 * Duplicate what a worker needs to get from this queue.
	 * @return the receiving end, to be closed by the caller
	 * @throws IOException if the process has no descriptor left
	 */
	public Descriptor duplicateForWorker() throws IOException {
		return this.pair.receivingEnd().duplicate();
	}

	/**
	 * Put a request.
	 * @param request the request; put when this returns, unchanged when it throws
	 * @param timeoutNanos how long to wait for room, in nanoseconds
	 * @throws WorkQueueFullException if there was no room in time
	 * @throws WorkQueueException if the queue is closed, the thread is interrupted, or
	 * the request cannot be sent
	 */
	public void put(WorkRequest request, long timeoutNanos) {
		long start = System.nanoTime();
		try (WorkRequest.Put put = request.beginPut()) {
			putInOrder(request, put, start, timeoutNanos);
		}
	}

	private void putInOrder(WorkRequest request, WorkRequest.Put put, long start, long timeoutNanos) {
		try {
			if (!this.turns.await(timeoutNanos)) {
				throw new WorkQueueFullException(this.name, this.capacity);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new WorkQueueException("Interrupted while waiting to put on queue '" + this.name + "'", ex);
		}
		try {
			if (!offer(request, put)) {
				putWhenRoom(request, put, start, timeoutNanos);
			}
		}
		catch (IOException ex) {
			throw new WorkQueueException("Cannot put " + request + ": " + ex.getMessage(), ex);
		}
		finally {
			this.turns.end();
		}
	}

	/**
	 * Wait while the queue is full, so that what will be put need not be held meanwhile.
	 * Whether there is room then is for the put to find. Waits no more once puts are
	 * refused, or if the thread is interrupted.
	 * @param goOn asked ten times a second whether to wait any longer
	 * @return {@code false} if the queue is full and {@code goOn} has ended the wait
	 */
	public boolean awaitRoom(BooleanSupplier goOn) {
		if (!isFull()) {
			return true;
		}
		this.turns.waits(true);
		try {
			boolean waited = false;
			while (!waited && isFull() && !this.refusing && goOn.getAsBoolean()) {
				waited = this.turns.await(ROOM_CHECK_INTERVAL) && awaitRoomAndUnlock(goOn);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (IOException ex) {
			// The put says so
			logger.debug("No room can be awaited in queue '{}'", this.name, ex);
		}
		finally {
			this.turns.waits(false);
		}
		return !isFull() || goOn.getAsBoolean();
	}

	private boolean awaitRoomAndUnlock(BooleanSupplier goOn) throws IOException {
		try {
			this.waits.increment();
			this.turns.full(true);
			boolean room = false;
			while (!room && isFull() && !this.refusing && goOn.getAsBoolean()
					&& !Thread.currentThread().isInterrupted()) {
				room = this.pair.sendingEnd().awaitRoom(ROOM_CHECK_INTERVAL);
			}
			return true;
		}
		finally {
			this.turns.full(false);
			this.turns.end();
		}
	}

	private boolean isFull() {
		return this.depth.isAtLeast(this.capacity);
	}

	/**
	 * Return whether a thread waits for room, or for its turn behind one that does.
	 * @param thread the thread
	 * @return {@code true} while it waits
	 */
	boolean isWaiting(Thread thread) {
		return this.turns.isWaiting(thread);
	}

	private void putWhenRoom(WorkRequest request, WorkRequest.Put put, long start, long timeoutNanos)
			throws IOException {
		if (timeoutNanos <= 0) {
			throw new WorkQueueFullException(this.name, this.capacity);
		}
		this.waits.increment();
		this.turns.full(true);
		this.turns.waits(true);
		try {
			while (true) {
				long left = timeoutNanos - (System.nanoTime() - start);
				if (left <= 0) {
					throw new WorkQueueFullException(this.name, this.capacity);
				}
				if (Thread.currentThread().isInterrupted()) {
					throw new WorkQueueException("Interrupted while waiting for room in queue '" + this.name + "'");
				}
				Duration patience = Duration.ofNanos(Math.min(left, ROOM_CHECK_INTERVAL.toNanos()));
				boolean room = this.pair.sendingEnd().awaitRoom(patience);
				if (offer(request, put)) {
					return;
				}
				if (room) {
					// Too many descriptors of this user are in flight,
					// which nothing announces the end of
					LockSupport.parkNanos(IN_FLIGHT_CHECK_INTERVAL.toNanos());
				}
			}
		}
		finally {
			this.turns.waits(false);
			this.turns.full(false);
		}
	}

	private boolean offer(WorkRequest request, WorkRequest.Put put) throws IOException {
		if (this.refusing) {
			throw new WorkQueueException("Queue '" + this.name + "' is closed");
		}
		return put.send(() -> this.sender.send(request));
	}

	/**
	 * Put again what was put before, if there is room now, and if nobody else puts at
	 * this moment: without waiting.
	 * @param request the request, as it was put
	 * @param connection its connection; stays the caller's
	 * @param place where its connection is in the table, {@code null} if it is in none
	 * @param preread what was read from it already
	 * @return its place in the order of the queue, 0 if it was not put
	 * @throws IOException if it cannot be sent at all: the queue is closed, or has a
	 * worker that does not understand the place or what was read already
	 */
	public long putAgain(WorkRequest request, Descriptor connection, @Nullable Place place, byte[] preread)
			throws IOException {
		if (!this.turns.tryBegin()) {
			return 0;
		}
		try {
			if (this.refusing) {
				throw new IOException("Queue '" + this.name + "' is closed");
			}
			return this.sender.sendAgain(request, connection, place, preread);
		}
		finally {
			this.turns.end();
		}
	}

	/**
	 * Let somebody hold the connections that are put from now on.
	 * @param keeper holds them
	 */
	public void holdWith(ConnectionKeeper keeper) {
		this.sender.holdWith(keeper);
	}

	/**
	 * Use in frames what all workers of this queue understand, and nothing else.
	 */
	public void use(Set<Feature> features) {
		this.sender.use(features);
	}

	/**
	 * Return whether frames say where in the table their connections are.
	 */
	public boolean usesTable() {
		return this.sender.usesTable();
	}

	/** Return whether frames can bring what was read from their connections already. */
	public boolean usesPreread() {
		return this.sender.usesPreread();
	}

	/**
	 * Return the figures of this moment.
	 * @return a snapshot
	 */
	public QueueSnapshot snapshot() {
		QueueDepth.Count count = this.depth.count();
		return new QueueSnapshot(this.name, count.put() - count.got(), this.capacity, count.put(), count.got(),
				this.waits.sum(), this.turns.isFull());
	}

	/**
	 * Refuse puts from now on, those that wait included. What was put stays in the queue.
	 */
	public void refuse() {
		this.refusing = true;
	}

	/**
	 * Refuse puts and let go of both ends. What was put can still be got by the workers
	 * that hold the receiving end.
	 */
	@Override
	public void close() {
		refuse();
		this.turns.begin();
		try {
			// What is left is not seen any more
			this.depth.count();
			this.waiting.close();
		}
		catch (IOException ex) {
			logger.warn("Could not close queue '{}'", this.name, ex);
		}
		finally {
			this.pair.close();
			this.turns.end();
		}
	}

}
