package io.fdwork.internal.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.SendingEnd;
import io.fdwork.internal.wire.Feature;
import io.fdwork.internal.wire.Place;
import io.fdwork.internal.wire.WorkFrame;
import org.jspecify.annotations.Nullable;

/**
 * Sends the requests of a queue as frames, and numbers them. For one thread at a time,
 * but for what it is told.
 */
final class FrameSender {

	private final KernelQueue queue;

	private final SendingEnd sendingEnd;

	private final QueueDepth depth;

	private final ByteBuffer frame = ByteBuffer.allocateDirect(WorkFrame.MAX_LENGTH);

	private long sequence;

	private volatile Set<Feature> features = Set.of();

	private volatile @Nullable ConnectionKeeper keeper;

	FrameSender(KernelQueue queue, SendingEnd sendingEnd, QueueDepth depth) {
		this.queue = queue;
		this.sendingEnd = sendingEnd;
		this.depth = depth;
	}

	void holdWith(ConnectionKeeper keeper) {
		this.keeper = keeper;
	}

	void use(Set<Feature> features) {
		this.features = Set.copyOf(features);
	}

	boolean usesTable() {
		return this.features.contains(Feature.TABLE);
	}

	/**
	 * Send a request, if there is room.
	 * @return whether there was
	 */
	boolean send(WorkRequest request) throws IOException {
		ConnectionKeeper keeper = this.keeper;
		if (keeper == null) {
			return send(request, null, request.descriptors());
		}
		Place place = keeper.prepare(this.queue, request, usesTable());
		if (place != null && !usesTable()) {
			// Whoever ends its use has seen what was prepared by now
			keeper.cancel(place);
			place = keeper.prepare(this.queue, request, false);
		}
		boolean sent = false;
		try {
			sent = send(request, place, request.descriptors());
		}
		finally {
			if (place != null && !sent) {
				keeper.cancel(place);
			}
		}
		if (place != null && sent) {
			keeper.sent(place, request, this.sequence);
		}
		return sent;
	}

	/**
	 * Send a request once more.
	 * @return its number, 0 if there is no room
	 */
	long sendAgain(WorkRequest request, Descriptor connection, @Nullable Place place) throws IOException {
		if (place != null && !usesTable()) {
			throw new IOException("A worker of queue '" + this.queue.name() + "' does not understand the table");
		}
		return (send(request, place, List.of(connection))) ? this.sequence : 0;
	}

	private boolean send(WorkRequest request, @Nullable Place place, List<Descriptor> descriptors) throws IOException {
		WorkFrame.encode(request, place, this.features, this.sequence + 1, System.nanoTime(), this.frame.clear());
		boolean sent = this.sendingEnd.send(this.frame, descriptors);
		if (sent) {
			this.sequence++;
			this.depth.put(descriptors.size());
		}
		return sent;
	}

}
