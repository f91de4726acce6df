package io.fdwork.internal.recovery;

import java.io.IOException;
import java.util.Collection;

import io.fdwork.descriptor.ByteTotals;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.wire.Place;
import org.jspecify.annotations.Nullable;

/**
 * Gives places to connections that come home without one: what workers have accepted
 * themselves, or have got from an earlier daemon.
 */
final class Arrivals {

	private final ServedConnections served;

	private final Collection<KernelQueue> queues;

	Arrivals(ServedConnections served, Collection<KernelQueue> queues) {
		this.served = served;
		this.queues = queues;
	}

	/**
	 * Give a connection a place.
	 * @param queue the name of the queue that it is put on next
	 * @param descriptor the connection; stays the caller's
	 * @param worker the number of the worker that has sent it
	 * @return where it is, {@code null} if there is no place for it
	 */
	@Nullable Place place(String queue, Descriptor descriptor, int worker) {
		ByteTotals totals = (this.served.isUsable()) ? ByteTotals.of(descriptor) : null;
		for (KernelQueue one : this.queues) {
			if (totals != null && one.name().equals(queue)) {
				return place(one, descriptor, worker, totals);
			}
		}
		return null;
	}

	private @Nullable Place place(KernelQueue queue, Descriptor descriptor, int worker, ByteTotals totals) {
		ServedConnection connection = this.served.allocate(queue, null);
		if (connection == null) {
			return null;
		}
		connection.firstRead = totals.read();
		connection.firstWritten = totals.written();
		try {
			return this.served.settle(connection, descriptor, worker);
		}
		catch (IOException ex) {
			this.served.release(connection);
			this.served.fail(ex);
			return null;
		}
	}

}
