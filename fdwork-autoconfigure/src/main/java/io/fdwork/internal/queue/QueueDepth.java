package io.fdwork.internal.queue;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * How many requests were put on a queue and how many have left it, by what the kernel
 * says is left in it. As a queue is first in, first out, the descriptors that have left
 * it tell which requests have. So no worker has to report what it got, and none can
 * report something else. Safe for all threads.
 */
final class QueueDepth {

	private final Waiting waiting;

	// Of those that are in the queue, the requests with more
	// than one descriptor. Guarded by this, as is the rest
	private final Queue<Mark> marks = new ArrayDeque<>();

	// What has left the queue for certain
	private Mark left = new Mark(0, 0);

	private long put;

	private long descriptors;

	private long got;

	/**
	 * Create the depth of an empty queue.
	 */
	QueueDepth(Waiting waiting) {
		this.waiting = waiting;
	}

	/**
	 * Count a request that was put.
	 * @param descriptors how many it has
	 */
	synchronized void put(int descriptors) {
		if (descriptors > 1) {
			// Keeps no more marks than requests are in the queue
			look();
		}
		this.put++;
		this.descriptors += descriptors;
		if (descriptors > 1) {
			this.marks.add(new Mark(this.put, this.descriptors));
		}
	}

	/**
	 * Return whether as many requests are in the queue. While they cannot be, as fewer
	 * were put since it was last looked, this does not look.
	 */
	synchronized boolean isAtLeast(int depth) {
		if (this.put - this.got >= depth) {
			look();
		}
		return this.put - this.got >= depth;
	}

	/**
	 * Look now.
	 */
	synchronized Count count() {
		look();
		return new Count(this.put, this.got);
	}

	private void look() {
		try {
			// Some may be in the queue that are not counted here yet
			long waiting = Math.min(Math.max(0, this.waiting.count()), this.descriptors);
			this.got = Math.max(this.got, gotWhen(this.descriptors - waiting));
		}
		catch (IOException ex) {
			// The queue is closed: what is known stays
		}
	}

	/**
	 * Return the sequence of the last request that has left the queue.
	 * @param descriptors how many descriptors have left it
	 */
	private long gotWhen(long descriptors) {
		Mark next = this.marks.peek();
		while (next != null && next.descriptors() <= descriptors) {
			this.left = this.marks.remove();
			next = this.marks.peek();
		}
		long got = this.left.sequence() + (descriptors - this.left.descriptors());
		return (next == null) ? got : Math.min(got, next.sequence() - 1);
	}

	/**
	 * Counts the descriptors that are in the queue.
	 */
	interface Waiting {

		/**
		 * Count them.
		 * @throws IOException if the queue is closed
		 */
		long count() throws IOException;

	}

	/**
	 * What was put, and what has left the queue.
	 */
	record Count(long put, long got) {
	}

	/**
	 * How many descriptors were put with all requests up to a sequence.
	 */
	private record Mark(long sequence, long descriptors) {
	}

}
