package io.fdwork.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

import io.fdwork.WorkRequest;
import io.fdwork.descriptor.BarePair;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.wire.WorkFrame;
import org.jspecify.annotations.Nullable;

/**
 * Both sides of a bare pair of sockets.
 */
final class SocketSides implements PutSide {

	private final BarePair pair = BarePair.open(TIMEOUT);

	private final Descriptor.Pipe pipe = Descriptor.pipe();

	private final ByteBuffer message = ByteBuffer.allocateDirect(WorkFrame.MAX_LENGTH);

	private final @Nullable Descriptor descriptor;

	private SocketSides(boolean withDescriptor) throws IOException {
		this.descriptor = (withDescriptor) ? this.pipe.sink() : null;
		WorkRequest request = QueueSides.connection(this.pipe.sink());
		WorkFrame.encode(request, Set.of(), 1, System.nanoTime(), this.message);
	}

	static PutSide open(boolean withDescriptor) throws IOException {
		return new SocketSides(withDescriptor);
	}

	static GetSide openGetSide(List<Descriptor> descriptors, boolean withDescriptor) throws IOException {
		return new OpenGetSide(new BarePair.Receiver(descriptors.get(0), withDescriptor));
	}

	@Override
	public boolean put() throws IOException {
		return this.pair.send(this.message, this.descriptor, TIMEOUT);
	}

	@Override
	public List<Descriptor> duplicateForGetSide() throws IOException {
		return List.of(this.pair.duplicateReceivingEnd());
	}

	@Override
	public GetSide openGetSide() throws IOException {
		return openGetSide(duplicateForGetSide(), this.descriptor != null);
	}

	@Override
	public void close() throws IOException {
		this.pair.close();
		this.pipe.close();
	}

	/**
	 * The side that gets.
	 */
	private record OpenGetSide(BarePair.Receiver receiver) implements GetSide {

		@Override
		public boolean get() throws IOException {
			return this.receiver.receive();
		}

		@Override
		public void close() throws IOException {
			this.receiver.close();
		}

	}

}
