package io.fdwork.internal.queue;

import java.io.IOException;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.ReceivingEnd;
import io.fdwork.internal.table.ServiceTable;
import org.jspecify.annotations.Nullable;

/**
 * One queue, seen from a worker: the get side.
 */
public final class QueueReader implements AutoCloseable {

	private final String name;

	private final long instance;

	private final ReceivingEnd receivingEnd;

	private final @Nullable ServiceTable table;

	private QueueReader(String name, long instance, ReceivingEnd receivingEnd, @Nullable ServiceTable table) {
		this.name = name;
		this.instance = instance;
		this.receivingEnd = receivingEnd;
		this.table = table;
	}

	/**
	 * Open a queue of a daemon that gives no table.
	 */
	public static QueueReader open(String name, long instance, Descriptor receivingEnd) {
		return open(name, instance, receivingEnd, null);
	}

	/**
	 * Open a queue with what a daemon sent.
	 * @param name the name of the queue
	 * @param instance what tells it from another of the same name
	 * @param receivingEnd the receiving end; moved
	 * @param table the table of that daemon, {@code null} if it gave none
	 * @return the queue, to be closed by the caller
	 * @see KernelQueue#duplicateForWorker()
	 */
	public static QueueReader open(String name, long instance, Descriptor receivingEnd, @Nullable ServiceTable table) {
		return new QueueReader(name, instance, ReceivingEnd.of(receivingEnd), table);
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
	 * Return the table in which what is got is claimed.
	 * @return the table, {@code null} if the daemon gave none
	 */
	public @Nullable ServiceTable table() {
		return this.table;
	}

	/**
	 * Create the get side for one thread.
	 * @return a getter, to be closed by the caller
	 * @throws IOException if the process has no descriptor left, or this is no queue
	 */
	public Getter newGetter() throws IOException {
		return newGetter(() -> {
		});
	}

	/**
	 * Create the get side for one thread.
	 * @param onDesist is told of each frame whose connection another one had claimed
	 * @return a getter, to be closed by the caller
	 * @throws IOException if the process has no descriptor left, or this is no queue
	 */
	public Getter newGetter(Runnable onDesist) throws IOException {
		return new Getter(this.name, this.receivingEnd.newReceiver(), this.table, onDesist);
	}

	/**
	 * Let go of the queue. Getters stay usable until they are closed.
	 */
	@Override
	public void close() {
		this.receivingEnd.close();
	}

}
