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

	private static final byte[] NOTHING = {};

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

	boolean usesPreread() {
		return this.features.contains(Feature.PREREAD);
	}

	/**
	 * Send a request, if there is room.
	 * @return whether there was
	 */
	boolean send(WorkRequest request) throws IOException {
		ConnectionKeeper keeper = this.keeper;
		if (keeper == null) {
			return send(request, null, NOTHING, request.descriptors());
		}
		Place place = keeper.prepare(this.queue, request, usesTable());
		if (place != null && !usesTable()) {
			// Whoever ends its use has seen what was prepared by now
			keeper.cancel(place);
			place = keeper.prepare(this.queue, request, false);
		}
		boolean sent = false;
		try {
			sent = send(request, place, NOTHING, request.descriptors());
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
	long sendAgain(WorkRequest request, Descriptor connection, @Nullable Place place, byte[] preread)
			throws IOException {
		if (place != null && !usesTable()) {
			throw new IOException("A worker of queue '" + this.queue.name() + "' does not understand the table");
		}
		if (preread.length > 0 && !usesPreread()) {
			throw new IOException("A worker of queue '" + this.queue.name() + "' does not take what was read already");
		}
		return (send(request, place, preread, List.of(connection))) ? this.sequence : 0;
	}

	private boolean send(WorkRequest request, @Nullable Place place, byte[] preread, List<Descriptor> descriptors)
			throws IOException {
		WorkFrame.encode(request, place, preread, this.features, this.sequence + 1, System.nanoTime(),
				this.frame.clear());
		boolean sent = this.sendingEnd.send(this.frame, descriptors);
		if (sent) {
			this.sequence++;
			this.depth.put(descriptors.size());
		}
		return sent;
	}

}
