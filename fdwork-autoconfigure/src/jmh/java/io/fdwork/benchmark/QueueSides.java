package io.fdwork.benchmark;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

import io.fdwork.Work;
import io.fdwork.WorkQueueFullException;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.queue.Getter;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.queue.QueueReader;

/**
 * Both sides of a queue.
 */
final class QueueSides implements PutSide {

	private static final String NAME = "default";

	private static final InetSocketAddress REMOTE = new InetSocketAddress("127.0.0.1", 40000);

	private static final InetSocketAddress LOCAL = new InetSocketAddress("127.0.0.1", 8080);

	private final KernelQueue queue;

	private final Descriptor.Pipe pipe;

	private QueueSides(KernelQueue queue) throws IOException {
		this.queue = queue;
		this.pipe = Descriptor.pipe();
	}

	static PutSide open() throws IOException {
		return new QueueSides(KernelQueue.create(NAME, DEPTH));
	}

	static GetSide openGetSide(List<Descriptor> descriptors) throws IOException {
		try (QueueReader reader = QueueReader.open(NAME, 1, descriptors.get(0))) {
			return new OpenGetSide(reader.newGetter());
		}
	}

	/**
	 * Make a request as of a connection that was accepted. It keeps its descriptor, so
	 * that the next one need not make another.
	 */
	static WorkRequest connection(Descriptor descriptor) {
		return WorkRequest.with(descriptor).remoteAddress(REMOTE).localAddress(LOCAL).keepDescriptors().build();
	}

	@Override
	public boolean put() {
		try {
			this.queue.put(connection(this.pipe.sink()), TIMEOUT.toNanos());
			return true;
		}
		catch (WorkQueueFullException ex) {
			return false;
		}
	}

	@Override
	public List<Descriptor> duplicateForGetSide() throws IOException {
		return List.of(this.queue.duplicateForWorker());
	}

	@Override
	public GetSide openGetSide() throws IOException {
		return openGetSide(duplicateForGetSide());
	}

	@Override
	public void close() {
		this.queue.close();
		this.pipe.close();
	}

	/**
	 * The side that gets.
	 */
	private record OpenGetSide(Getter getter) implements GetSide {

		@Override
		public boolean get() throws Exception {
			Work work = this.getter.get((ended, outcome) -> {
			});
			if (work == null) {
				return false;
			}
			// First: the end of a work shuts a connection down, and this is none
			work.descriptors().get(0).close();
			work.close();
			return true;
		}

		@Override
		public void close() {
			this.getter.close();
		}

	}

}
